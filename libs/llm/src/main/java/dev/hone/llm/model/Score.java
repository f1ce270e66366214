package dev.hone.llm.model;

/**
 * What a model made of labelled tokens.
 *
 * @param loss summed negative log-likelihood in nats
 * @param tokens labelled tokens
 * @param correct labelled tokens that were the model's likeliest guess
 */
public record Score(double loss, long tokens, long correct) {
    public static final Score NONE = new Score(0, 0, 0);

    public Score plus(Score other) {
        return new Score(loss + other.loss, tokens + other.tokens, correct + other.correct);
    }

    /** Nats per token; NaN without tokens. */
    public double meanLoss() {
        return loss / tokens;
    }
}
