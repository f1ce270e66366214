package dev.hone.llm.model;

import java.util.Arrays;
import java.util.List;

/**
 * Rows padded on the right to a common length, and what is to be predicted in them. Attention is causal, so padding on
 * the right changes nothing to its left and needs no mask.
 *
 * @param tokens [B][T]; token 0 pads
 * @param positions [N], indices into the flattened B*T of tokens whose successor is labelled
 * @param labels [N], those successors
 * @param realTokens tokens read, padding left out
 */
public record Batch(int[][] tokens, long[] positions, long[] labels, long realTokens) {
    public Batch {
        if (positions.length != labels.length) {
            throw new IllegalArgumentException("Expected a label per position, found " + labels.length + " for " + positions.length + ".");
        }
    }

    /**
     * @param ids token ids of each row, at least 2 a row
     * @param trainable which of them are to be predicted; a row's first token never is
     */
    public static Batch of(List<int[]> ids, List<boolean[]> trainable) {
        int width = ids.stream().mapToInt(row -> row.length).max().orElseThrow() - 1;
        int[][] tokens = new int[ids.size()][width];
        long[] positions = new long[ids.size() * width];
        long[] labels = new long[positions.length];
        long real = 0;
        int n = 0;
        for (int r = 0; r < tokens.length; r++) {
            int[] row = ids.get(r);
            real += row.length - 1;
            System.arraycopy(row, 0, tokens[r], 0, row.length - 1);
            for (int t = 1; t < row.length; t++) {
                if (trainable.get(r)[t]) {
                    positions[n] = (long) r * width + t - 1;
                    labels[n++] = row[t];
                }
            }
        }
        return new Batch(tokens, Arrays.copyOf(positions, n), Arrays.copyOf(labels, n), real);
    }

    /** Tokens computed, padding included. */
    public int cells() {
        return tokens.length * tokens[0].length;
    }
}
