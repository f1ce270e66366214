package dev.hone.llm.quant;

/**
 * What a quantized model may cost in fidelity and size. The first scheme from small to large that stays within all three is
 * taken. A bound of infinity binds nothing.
 *
 * @param maxPerplexityIncrease on held-out tokens, as a fraction of the merged model's: 0.02 means 2 % more
 * @param maxKlDivergence mean over held-out tokens of KL(merged ‖ quantized), in nats
 * @param maxSizeBytes of the weights' files
 */
public record Budget(double maxPerplexityIncrease, double maxKlDivergence, double maxSizeBytes) {
    public static final Budget NONE = new Budget(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);

    public Budget {
        if (!(maxPerplexityIncrease >= 0 && maxKlDivergence >= 0 && maxSizeBytes > 0)) {
            throw new QuantizationFailed("budget", "Expected max_perplexity_increase and max_kl_divergence of at least 0 and max_size above 0, found "
                    + maxPerplexityIncrease + ", " + maxKlDivergence + " and " + maxSizeBytes + ".");
        }
    }

    public boolean binds() {
        return !equals(NONE);
    }
}
