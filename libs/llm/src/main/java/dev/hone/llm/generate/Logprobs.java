package dev.hone.llm.generate;

/** Natural logarithms of the probabilities that logits stand for: log softmax. Immutable; the logits stay the caller's. */
public final class Logprobs {
    private final float[] logits;
    private final double denominator;

    /** @param logits [V], not to be changed while this is asked */
    public Logprobs(float[] logits) {
        this.logits = logits;
        float max = logits[Largest.index(logits)];
        float[] weights = Scratch.weights(logits.length);
        Exponentials.exp(logits, logits.length, max, 1, weights);
        this.denominator = max + Math.log(Exponentials.sum(weights, logits.length));
    }

    public double of(int token) {
        return logits[token] - denominator;
    }

    /** Ids of the likeliest tokens, likeliest first. */
    public int[] likeliest(int count) {
        return Largest.indices(logits, count);
    }
}
