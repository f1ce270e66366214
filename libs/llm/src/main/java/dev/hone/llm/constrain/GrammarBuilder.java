package dev.hone.llm.constrain;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Makes a grammar of an expression and of the rules it calls (Thompson's construction). */
final class GrammarBuilder {
    /** Some 20 MB of edges at most, and a sentence instead of a server that stands still. */
    static final int MAX_NODES = 100_000;
    /** Sets of more byte sequences than this, and repeated parts of more than one node, are made once and called. */
    private static final int INLINE = 12;

    private final Function<String, Expression> rules;
    private final List<List<int[]>> bytes = new ArrayList<>();
    private final List<List<int[]>> empties = new ArrayList<>();
    private final List<List<int[]>> calls = new ArrayList<>();
    private final BitSet ends = new BitSet();
    private final Map<Object, Integer> starts = new HashMap<>();
    private final Deque<Runnable> waiting = new ArrayDeque<>();

    private GrammarBuilder(Function<String, Expression> rules) {
        this.rules = rules;
    }

    /**
     * @param rules what each called name is
     * @throws ConstraintException if it is too large, calls itself with nothing in between, or no text is in it
     */
    static Grammar build(Expression expression, Function<String, Expression> rules) {
        GrammarBuilder builder = new GrammarBuilder(rules);
        int start = builder.rule(new Object(), expression);
        while (!builder.waiting.isEmpty()) {
            builder.waiting.pop().run();
        }
        return new GrammarCheck(edges(builder.bytes), edges(builder.empties), edges(builder.calls), builder.ends, start).grammar();
    }

    private static int[][] edges(List<List<int[]>> lists) {
        return lists.stream().map(list -> list.stream().flatMapToInt(java.util.Arrays::stream).toArray()).toArray(int[][]::new);
    }

    private int node() {
        if (bytes.size() >= MAX_NODES) {
            throw new ConstraintException("Expected a pattern or schema of at most " + MAX_NODES + " states, found more. Make its counted repetitions smaller or leave their bounds out.");
        }
        bytes.add(new ArrayList<>(1));
        empties.add(new ArrayList<>(1));
        calls.add(new ArrayList<>(0));
        return bytes.size() - 1;
    }

    /** The first node of the rule known by the key; its body is built later, so that nothing here recurs without end. */
    private int rule(Object key, Expression body) {
        Integer known = starts.get(key);
        if (known != null) {
            return known;
        }
        int start = node();
        starts.put(key, start);
        waiting.add(() -> {
            int end = node();
            ends.set(end);
            add(body, start, end);
        });
        return start;
    }

    private void empty(int from, int to) {
        empties.get(from).add(new int[] {to});
    }

    private void call(int from, int rule, int to) {
        calls.get(from).add(new int[] {rule, to});
    }

    private void add(Expression expression, int from, int to) {
        switch (expression) {
            case Expression.Chars chars -> chars(chars, from, to);
            case Expression.Sequence sequence -> sequence(sequence.parts(), from, to);
            case Expression.Choice choice -> choice.parts().forEach(part -> add(part, from, to));
            case Expression.Repeat repeat -> repeat(repeat, from, to);
            case Expression.Shared shared -> call(from, rule(shared, shared.body()), to);
            case Expression.Call call -> call(from, starts.containsKey(call.rule()) ? starts.get(call.rule()) : rule(call.rule(), rules.apply(call.rule())), to);
        }
    }

    private void chars(Expression.Chars chars, int from, int to) {
        List<int[][]> sequences = Utf8.sequences(chars.set());
        if (sequences.size() > INLINE && !starts.containsKey(chars)) {
            int start = rule(chars, chars);
            call(from, start, to);
        } else if (sequences.size() > INLINE && starts.get(chars) != from) {
            call(from, starts.get(chars), to);
        } else {
            sequences.forEach(sequence -> bytes(sequence, from, to));
        }
    }

    private void bytes(int[][] sequence, int from, int to) {
        int at = from;
        for (int i = 0; i < sequence.length; i++) {
            int next = i == sequence.length - 1 ? to : node();
            bytes.get(at).add(new int[] {sequence[i][0], sequence[i][1], next});
            at = next;
        }
    }

    private void sequence(List<Expression> parts, int from, int to) {
        if (parts.isEmpty()) {
            empty(from, to);
        }
        int at = from;
        for (int i = 0; i < parts.size(); i++) {
            int next = i == parts.size() - 1 ? to : node();
            add(parts.get(i), at, next);
            at = next;
        }
    }

    /** A loop has a node of its own, since from and to may be entered by other ways. */
    private void repeat(Expression.Repeat repeat, int from, int to) {
        Expression body = Math.max(repeat.min(), repeat.max()) > 1 && !small(repeat.body()) ? new Expression.Shared(repeat.body()) : repeat.body();
        int at = from;
        for (int i = 0; i < repeat.min(); i++) {
            at = step(body, at);
        }
        if (repeat.max() < 0) {
            int loop = node();
            empty(at, loop);
            add(body, loop, loop);
            empty(loop, to);
            return;
        }
        for (int i = repeat.min(); i < repeat.max(); i++) {
            empty(at, to);
            at = step(body, at);
        }
        empty(at, to);
    }

    private int step(Expression body, int from) {
        int to = node();
        add(body, from, to);
        return to;
    }

    private static boolean small(Expression body) {
        return body instanceof Expression.Call || body instanceof Expression.Shared || body instanceof Expression.Chars chars && Utf8.sequences(chars.set()).size() <= 2;
    }
}
