package dev.hone.llm.generate;

import dev.hone.llm.model.KvCache;
import dev.hone.llm.model.LanguageModel;
import dev.hone.llm.text.ChatTokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Greedy answers to many prompts. Rows of a batch have equal lengths, so that no row sees padding and each answer is
 * what it would be alone.
 */
final class GreedyBatches {
    /** Enough to fill a matrix product; more only makes rows wait for the batch's longest answer. */
    private static final int MAX_ROWS = 32;
    /** Tokens made between two looks at {@code stop}: well under a second even for a slow model. */
    private static final int TOKENS_AT_ONCE = 16;

    private final LanguageModel model;
    private final ChatTokenizer tokenizer;
    private final int maxNewTokens;
    private final BooleanSupplier stop;

    GreedyBatches(LanguageModel model, ChatTokenizer tokenizer, int maxNewTokens, BooleanSupplier stop) {
        if (maxNewTokens < 1) {
            throw new IllegalArgumentException("Expected at least 1 token to make, found " + maxNewTokens + ".");
        }
        this.model = model;
        this.tokenizer = tokenizer;
        this.maxNewTokens = maxNewTokens;
        this.stop = stop;
    }

    List<String> answers(List<int[]> prompts) {
        List<String> answers = new ArrayList<>(Collections.nCopies(prompts.size(), ""));
        for (List<Integer> batch : batches(prompts)) {
            if (stop.getAsBoolean()) {
                return answers;
            }
            int[][] rows = batch.stream().map(prompts::get).toArray(int[][]::new);
            int[][] made = answer(rows);
            for (int r = 0; r < rows.length; r++) {
                answers.set(batch.get(r), text(made[r]));
            }
        }
        return answers;
    }

    /** Indices of prompts, equally long ones together; those that leave no room for an answer are in none. */
    private List<List<Integer>> batches(List<int[]> prompts) {
        Map<Integer, List<Integer>> byLength = IntStream.range(0, prompts.size()).boxed()
                .filter(i -> prompts.get(i).length > 0 && prompts.get(i).length < model.contextLength())
                .collect(Collectors.groupingBy(i -> prompts.get(i).length, TreeMap::new, Collectors.toList()));
        List<List<Integer>> batches = new ArrayList<>();
        for (List<Integer> equal : byLength.values()) {
            for (int from = 0; from < equal.size(); from += MAX_ROWS) {
                batches.add(equal.subList(from, Math.min(equal.size(), from + MAX_ROWS)));
            }
        }
        return batches;
    }

    /** @return the new tokens of each row, what follows its end token included */
    private int[][] answer(int[][] rows) {
        int limit = Math.min(maxNewTokens, model.contextLength() - rows[0].length);
        try (KvCache cache = model.newCache(rows.length, rows[0].length + limit)) {
            int[][] made = likeliest(model.advance(cache, rows), rows.length);
            while (made[0].length < limit && !allEnded(made) && !stop.getAsBoolean()) {
                int count = Math.min(TOKENS_AT_ONCE, limit - made[0].length);
                int last = made[0].length - 1;
                int[] next = Arrays.stream(made).mapToInt(row -> row[last]).toArray();
                made = joined(made, model.greedy(cache, next, count, tokenizer.endTokens()));
            }
            return made;
        }
    }

    private static int[][] likeliest(float[] logits, int rows) {
        int vocabulary = logits.length / rows;
        int[][] tokens = new int[rows][];
        for (int r = 0; r < rows; r++) {
            tokens[r] = new int[] {TokenSampler.likeliest(Arrays.copyOfRange(logits, r * vocabulary, (r + 1) * vocabulary))};
        }
        return tokens;
    }

    private static int[][] joined(int[][] made, int[][] more) {
        int[][] all = new int[made.length][];
        for (int r = 0; r < all.length; r++) {
            all[r] = Arrays.copyOf(made[r], made[r].length + more[r].length);
            System.arraycopy(more[r], 0, all[r], made[r].length, more[r].length);
        }
        return all;
    }

    private boolean allEnded(int[][] made) {
        return Arrays.stream(made).allMatch(row -> answerLength(row) < row.length);
    }

    private int answerLength(int[] row) {
        for (int i = 0; i < row.length; i++) {
            if (tokenizer.endTokens().contains(row[i])) {
                return i;
            }
        }
        return row.length;
    }

    private String text(int[] row) {
        return tokenizer.decode(Arrays.copyOf(row, answerLength(row)));
    }
}
