package dev.hone.llm.constrain;

import dev.hone.llm.text.ChatTokenizer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Answers of tokens drawn from what a constraint allows, as a model without any sense would give. */
final class Walks {
    private static final int PATIENCE = 60;
    private static final int MAX_TOKENS = 3000;

    private final ChatTokenizer tokenizer;
    private final Random random;
    /** Whatever brings a text nearer to its end, the best first. */
    private final int[] closing;
    private final int a;
    private final int b;

    Walks(ChatTokenizer tokenizer, long seed) {
        this.tokenizer = tokenizer;
        random = new Random(seed);
        closing = IntStream.concat(tokenizer.endTokens().stream().mapToInt(Integer::intValue), Stream.of("\"", "}", "]").mapToInt(this::only)).toArray();
        a = only("a");
        b = only("b");
    }

    private int only(String character) {
        return tokenizer.encode(character)[0];
    }

    /** A whole answer's text. After some tokens it takes whatever closes soonest, so that it ends. */
    String text(Constraint constraint) {
        Constraint.State state = constraint.start();
        List<Integer> ids = new ArrayList<>();
        while (ids.size() < MAX_TOKENS) {
            int token = next(state.allowed(), ids.size() > PATIENCE);
            state.accept(token);
            if (tokenizer.endTokens().contains(token)) {
                if (!state.allowed().isEmpty() || !state.complete()) {
                    throw new AssertionError("Something may follow the end");
                }
                return tokenizer.decode(ids.stream().mapToInt(i -> i).toArray());
            }
            ids.add(token);
        }
        throw new AssertionError("No end after " + MAX_TOKENS + " tokens");
    }

    private int next(BitSet allowed, boolean hurried) {
        int[] ids = allowed.stream().toArray();
        if (ids.length == 0) {
            throw new AssertionError("No token is allowed and the text has not ended");
        }
        if (hurried && random.nextInt(3) > 0) {
            for (int id : closing) {
                if (allowed.get(id)) {
                    return id;
                }
            }
        }
        int[] letters = IntStream.of(ids).filter(id -> id == a || id == b).toArray();
        return hurried && letters.length > 0 ? letters[random.nextInt(letters.length)] : ids[random.nextInt(ids.length)];
    }

    /** Whether the text is let through token by token, in the tokenizer's own split, and may end there. */
    boolean takes(Constraint constraint, String text) {
        Constraint.State state = constraint.start();
        for (int token : tokenizer.encode(text)) {
            if (!state.allowed().get(token)) {
                return false;
            }
            state.accept(token);
        }
        return tokenizer.endTokens().stream().allMatch(state.allowed()::get);
    }
}
