package dev.hone.llm.generate;

import java.util.List;
import java.util.Map;

/**
 * How the next token is chosen, in the order in which it applies. Tokens that a constraint forbids are out; biases are
 * added to logits; repetition, then frequency and presence are penalised; logits are divided by the temperature; the
 * {@code topK} likeliest are kept, of those the smallest set that holds {@code topP} of the probability, of those the ones at
 * least {@code minP} times as likely as the likeliest, and one is drawn. Bias, penalties, temperature, top-k and top-p stand
 * in this order in Transformers and vLLM alike; min-p comes after top-p in Transformers, as here, and before top-k in vLLM.
 *
 * @param temperature 0: always the likeliest token, and of what follows only penalties and biases matter
 * @param topK        0: all tokens
 * @param topP        in (0, 1]; 1: all tokens
 * @param minP        in [0, 1]; 0: all tokens (Nguyen et al. 2024, "Min-p sampling")
 * @param logitBias   by token id
 * @param seed        of the generator that draws, see {@link SplitMix64}
 * @param maxTokens   at most so many tokens are made; fewer where the context ends earlier
 * @param stop        the answer ends before the first of these
 */
public record Sampling(double temperature, int topK, double topP, double minP, Penalties penalties, Map<Integer, Double> logitBias, long seed, int maxTokens, List<String> stop) {
    public Sampling {
        if (!(temperature >= 0) || Double.isInfinite(temperature)) {
            throw new IllegalArgumentException("Expected a temperature of 0 or more, found " + temperature + ".");
        }
        if (topK < 0) {
            throw new IllegalArgumentException("Expected top_k of 0 (all tokens) or more, found " + topK + ".");
        }
        if (!(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException("Expected top_p above 0 and at most 1, found " + topP + ".");
        }
        if (!(minP >= 0 && minP <= 1)) {
            throw new IllegalArgumentException("Expected min_p from 0 (all tokens) to 1, found " + minP + ".");
        }
        if (maxTokens < 0) {
            throw new IllegalArgumentException("Expected at least 0 tokens to make, found " + maxTokens + ".");
        }
        logitBias = Map.copyOf(logitBias);
        logitBias.forEach(Sampling::requireBias);
        stop = List.copyOf(stop);
        if (stop.stream().anyMatch(String::isEmpty)) {
            throw new IllegalArgumentException("Expected stop strings of at least one character, found an empty one.");
        }
    }

    /** Without min-p, penalties and biases. */
    public Sampling(double temperature, int topK, double topP, long seed, int maxTokens, List<String> stop) {
        this(temperature, topK, topP, 0, Penalties.NONE, Map.of(), seed, maxTokens, stop);
    }

    /** Always the likeliest token. */
    public static Sampling greedy(int maxTokens) {
        return new Sampling(0, 0, 1, 0, maxTokens, List.of());
    }

    private static void requireBias(int token, double bias) {
        if (token < 0 || !Double.isFinite(bias)) {
            throw new IllegalArgumentException("Expected a logit_bias of token ids of 0 or more and finite numbers, found " + token + ": " + bias + ".");
        }
    }
}
