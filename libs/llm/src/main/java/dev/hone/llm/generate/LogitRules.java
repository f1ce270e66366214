package dev.hone.llm.generate;

import java.util.Arrays;
import java.util.BitSet;

/** What changes logits before a token is chosen: constraint, biases, penalties. Not thread-safe; one per answer. */
final class LogitRules {
    private final Sampling sampling;
    private final TokenHistory history;
    private final boolean plain;

    LogitRules(Sampling sampling, int[] prompt) {
        this.sampling = sampling;
        this.history = sampling.penalties().none() ? null : new TokenHistory(prompt);
        this.plain = history == null && sampling.logitBias().isEmpty();
    }

    /**
     * @param logits        [V], left as they are
     * @param allowedOrNull what a constraint leaves; null: everything
     * @return the logits themselves where nothing changes them, otherwise an array of this thread's, good until its next call
     */
    float[] apply(float[] logits, BitSet allowedOrNull) {
        if (plain && allowedOrNull == null) {
            return logits;
        }
        float[] changed = Scratch.logits(logits.length);
        if (allowedOrNull == null) {
            System.arraycopy(logits, 0, changed, 0, logits.length);
        } else {
            copyAllowed(logits, allowedOrNull, changed);
        }
        sampling.logitBias().forEach((token, bias) -> changed[inVocabulary(token, logits.length)] += bias);
        if (history != null) {
            history.penalise(changed, sampling.penalties());
        }
        return changed;
    }

    void chosen(int token) {
        if (history != null) {
            history.answered(token);
        }
    }

    private static void copyAllowed(float[] logits, BitSet allowed, float[] changed) {
        int first = allowed.nextSetBit(0);
        if (first < 0 || first >= logits.length) {
            throw new IllegalStateException("Expected at least one token that the constraint allows, found none: no answer of this model can satisfy it from here.");
        }
        Arrays.fill(changed, Float.NEGATIVE_INFINITY);
        for (int from = first; from >= 0 && from < logits.length; from = allowed.nextSetBit(from)) {
            int to = Math.min(allowed.nextClearBit(from), logits.length);
            System.arraycopy(logits, from, changed, from, to - from);
            from = to;
        }
    }

    private static int inVocabulary(int token, int vocabulary) {
        if (token >= vocabulary) {
            throw new IllegalArgumentException("Expected a logit_bias of token ids below " + vocabulary + ", found " + token + ".");
        }
        return token;
    }
}
