package dev.hone.llm.engine;

import java.util.List;
import java.util.Optional;

/** Log-probabilities of a prompt's own tokens, gathered position by position. {@link #logits} may be called by several threads at once. */
final class PromptEcho {
    private final int[] prompt;
    private final TokenTeller teller;
    private final TokenLogprob[] tokens;
    private int read;
    private boolean told;

    PromptEcho(int[] prompt, TokenTeller teller, boolean wanted) {
        this.prompt = prompt;
        this.teller = teller;
        this.tokens = new TokenLogprob[wanted ? prompt.length : 0];
        this.told = !wanted;
        if (wanted) {
            tokens[0] = teller.first(prompt[0]);
        }
    }

    /** The first position whose logits are wanted. */
    int firstWanted() {
        return read < tokens.length - 1 ? read : Integer.MAX_VALUE;
    }

    void logits(int position, float[] logits) {
        if (position + 1 < tokens.length && tokens[position + 1] == null) {
            tokens[position + 1] = teller.of(prompt[position + 1], logits);
        }
    }

    /** @return all tokens, once they are complete */
    Optional<List<TokenLogprob>> stepped(int computed) {
        read = Math.max(read, computed);
        if (told || read < tokens.length) {
            return Optional.empty();
        }
        told = true;
        return Optional.of(List.of(tokens));
    }
}
