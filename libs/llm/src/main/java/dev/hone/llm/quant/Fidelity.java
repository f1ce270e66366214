package dev.hone.llm.quant;

/**
 * How close a model is to another one, over the same tokens of held-out rows, each predicted from the ones before it.
 *
 * @param perplexity exp of the mean negative log-likelihood of the tokens, in nats
 * @param referencePerplexity the same of the model it is compared with
 * @param meanKl mean over positions of KL(reference ‖ this) = Σ p·ln(p/q) over the vocabulary, in nats
 * @param p999Kl 99.9th percentile of it over positions
 * @param sameTop share of positions where both have the same likeliest token, 0 to 1
 * @param tokens positions compared
 */
public record Fidelity(double perplexity, double referencePerplexity, double meanKl, double p999Kl, double sameTop, long tokens) {
    /** perplexity / reference − 1. */
    public double perplexityIncrease() {
        return perplexity / referencePerplexity - 1;
    }
}
