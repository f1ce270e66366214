package dev.hone.llm.constrain;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Leaves out what leads nowhere, and refuses grammars that call themselves before a byte or hold no text. */
final class GrammarCheck {
    private final int[][] bytes;
    private final int[][] empties;
    private final int[][] calls;
    private final BitSet ends;
    private final int start;

    GrammarCheck(int[][] bytes, int[][] empties, int[][] calls, BitSet ends, int start) {
        this.bytes = bytes;
        this.empties = empties;
        this.calls = calls;
        this.ends = ends;
        this.start = start;
    }

    Grammar grammar() {
        BitSet productive = reaching(true);
        if (!productive.get(start)) {
            throw new ConstraintException("Expected a pattern or schema that some text fulfils, found one that none can: a class without characters, bounds that exclude each other, or a schema that never ends.");
        }
        for (int node = 0; node < bytes.length; node++) {
            bytes[node] = kept(bytes[node], 3, edge -> productive.get(edge[2]));
            empties[node] = kept(empties[node], 1, edge -> productive.get(edge[0]));
            calls[node] = kept(calls[node], 2, edge -> productive.get(edge[0]) && productive.get(edge[1]));
        }
        refuseLeftRecursion(reaching(false));
        return new Grammar(bytes, empties, calls, ends, start);
    }

    private static int[] kept(int[] edges, int width, java.util.function.Predicate<int[]> test) {
        int[] kept = new int[edges.length];
        int n = 0;
        for (int i = 0; i < edges.length; i += width) {
            int[] edge = Arrays.copyOfRange(edges, i, i + width);
            if (test.test(edge)) {
                System.arraycopy(edge, 0, kept, n, width);
                n += width;
            }
        }
        return Arrays.copyOf(kept, n);
    }

    /** Nodes from which their rule's end can be reached: with bytes, or by nothing at all. */
    private BitSet reaching(boolean withBytes) {
        List<List<Integer>> before = before();
        BitSet reaching = (BitSet) ends.clone();
        Deque<Integer> open = new ArrayDeque<>(ends.stream().boxed().toList());
        while (!open.isEmpty()) {
            for (int node : before.get(open.pop())) {
                if (!reaching.get(node) && reaches(node, reaching, withBytes)) {
                    reaching.set(node);
                    open.push(node);
                }
            }
        }
        return reaching;
    }

    /** For each node those with an edge or a call to it. */
    private List<List<Integer>> before() {
        List<List<Integer>> before = new ArrayList<>();
        for (int node = 0; node < bytes.length; node++) {
            before.add(new ArrayList<>(2));
        }
        for (int node = 0; node < bytes.length; node++) {
            for (int i = 2; i < bytes[node].length; i += 3) {
                before.get(bytes[node][i]).add(node);
            }
            for (int target : empties[node]) {
                before.get(target).add(node);
            }
            for (int target : calls[node]) {
                before.get(target).add(node);
            }
        }
        return before;
    }

    private boolean reaches(int node, BitSet reaching, boolean withBytes) {
        for (int i = 0; withBytes && i < bytes[node].length; i += 3) {
            if (reaching.get(bytes[node][i + 2])) {
                return true;
            }
        }
        for (int target : empties[node]) {
            if (reaching.get(target)) {
                return true;
            }
        }
        for (int i = 0; i < calls[node].length; i += 2) {
            if (reaching.get(calls[node][i]) && reaching.get(calls[node][i + 1])) {
                return true;
            }
        }
        return false;
    }

    /** A rule that calls itself before any byte would fill the stack without end. */
    private void refuseLeftRecursion(BitSet nullable) {
        Map<Integer, Set<Integer>> first = new HashMap<>();
        first.put(start, calledFirst(start, nullable));
        for (int[] edges : calls) {
            for (int i = 0; i < edges.length; i += 2) {
                first.computeIfAbsent(edges[i], rule -> calledFirst(rule, nullable));
            }
        }
        boolean removed = true;
        while (removed) {
            removed = first.values().removeIf(Set::isEmpty);
            first.values().forEach(called -> called.removeIf(rule -> !first.containsKey(rule)));
        }
        if (!first.isEmpty()) {
            throw new ConstraintException("Expected references that come to a value in the end, found a schema that refers to itself with nothing in between, as {\"$ref\": \"#\"} would.");
        }
    }

    private Set<Integer> calledFirst(int rule, BitSet nullable) {
        Set<Integer> called = new HashSet<>();
        BitSet seen = new BitSet();
        Deque<Integer> open = new ArrayDeque<>(Set.of(rule));
        while (!open.isEmpty()) {
            int node = open.pop();
            if (!seen.get(node)) {
                seen.set(node);
                Arrays.stream(empties[node]).forEach(open::push);
                for (int i = 0; i < calls[node].length; i += 2) {
                    called.add(calls[node][i]);
                    if (nullable.get(calls[node][i])) {
                        open.push(calls[node][i + 1]);
                    }
                }
            }
        }
        return called;
    }
}
