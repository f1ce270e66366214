package dev.hone.llm.generate;

/**
 * What speaks against tokens that came before.
 *
 * @param repetition of any token of prompt or answer: positive logits are divided by it, others multiplied (Keskar et al.
 *     2019, "CTRL", section 4.1, for both signs as in Transformers and vLLM); 1: none
 * @param presence   subtracted from the logit of every token that is in the answer (OpenAI); 0: none
 * @param frequency  subtracted from a token's logit for each time that it is in the answer (OpenAI); 0: none
 */
public record Penalties(double repetition, double presence, double frequency) {
    public static final Penalties NONE = new Penalties(1, 0, 0);

    public Penalties {
        if (!(repetition > 0) || Double.isInfinite(repetition)) {
            throw new IllegalArgumentException("Expected a repetition_penalty above 0 (1: none), found " + repetition + ".");
        }
        if (!Double.isFinite(presence)) {
            throw new IllegalArgumentException("Expected a finite presence_penalty (0: none), found " + presence + ".");
        }
        if (!Double.isFinite(frequency)) {
            throw new IllegalArgumentException("Expected a finite frequency_penalty (0: none), found " + frequency + ".");
        }
    }

    boolean none() {
        return equals(NONE);
    }
}
