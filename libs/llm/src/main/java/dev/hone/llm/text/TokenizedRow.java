package dev.hone.llm.text;

/**
 * Tokens of one training row.
 *
 * @param trainable per token, whether predicting it counts in the loss
 */
public record TokenizedRow(int[] ids, boolean[] trainable) {
    public TokenizedRow {
        if (ids.length != trainable.length) {
            throw new IllegalArgumentException("Expected one mark per token, found " + ids.length + " tokens and " + trainable.length + " marks.");
        }
    }

    public int length() {
        return ids.length;
    }

    /** Tokens that count in the loss; the first token of a row never does, as nothing comes before it. */
    public int trainableTokens() {
        int count = 0;
        for (int i = 1; i < trainable.length; i++) {
            count += trainable[i] ? 1 : 0;
        }
        return count;
    }
}
