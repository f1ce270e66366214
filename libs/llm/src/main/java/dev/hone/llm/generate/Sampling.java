package dev.hone.llm.generate;

import java.util.List;

/**
 * How the next token is chosen, in the order in which it applies: logits are divided by the temperature, the
 * {@code topK} likeliest are kept, of those the smallest set that holds {@code topP} of the probability, and one is drawn.
 *
 * @param temperature 0: always the likeliest token, and nothing below matters
 * @param topK        0: all tokens
 * @param topP        in (0, 1]; 1: all tokens
 * @param seed        of the generator that draws, see {@link SplitMix64}
 * @param maxTokens   at most so many tokens are made; fewer where the context ends earlier
 * @param stop        the answer ends before the first of these
 */
public record Sampling(double temperature, int topK, double topP, long seed, int maxTokens, List<String> stop) {
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
        if (maxTokens < 1) {
            throw new IllegalArgumentException("Expected at least 1 token to make, found " + maxTokens + ".");
        }
        stop = List.copyOf(stop);
        if (stop.stream().anyMatch(String::isEmpty)) {
            throw new IllegalArgumentException("Expected stop strings of at least one character, found an empty one.");
        }
    }

    /** Always the likeliest token. */
    public static Sampling greedy(int maxTokens) {
        return new Sampling(0, 0, 1, 0, maxTokens, List.of());
    }
}
