package dev.hone.llm.text;

import java.util.Arrays;

/**
 * Tokens of a preference row: two conversations that begin with the same prompt. Trainable are the answers alone, each
 * with its end token.
 */
public record TokenizedPair(TokenizedRow chosen, TokenizedRow rejected) {

    /** Whether both answers have a token within the length they were cut to, and differ there. */
    public boolean teaches() {
        return chosen.trainableTokens() > 0 && rejected.trainableTokens() > 0 && !Arrays.equals(chosen.ids(), rejected.ids());
    }

    /** Tokens of the longer one. */
    public int length() {
        return Math.max(chosen.length(), rejected.length());
    }
}
