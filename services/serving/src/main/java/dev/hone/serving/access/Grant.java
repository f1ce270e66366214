package dev.hone.serving.access;

import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What a caller may do.
 *
 * @param models that may be asked; empty: all
 * @param requestsPerMinute in any minute, each prompt of a batch counting as one
 * @param tokensPerMinute of prompts and answers; the request that passes it is still answered, and the next ones wait
 * @param concurrent requests at the same time
 */
public record Grant(Set<String> models, OptionalInt requestsPerMinute, OptionalLong tokensPerMinute, OptionalInt concurrent) {
    public static final Grant EVERYTHING = new Grant(Set.of(), OptionalInt.empty(), OptionalLong.empty(), OptionalInt.empty());

    public Grant {
        models = Set.copyOf(models);
        if (requestsPerMinute.orElse(1) < 1 || tokensPerMinute.orElse(1) < 1 || concurrent.orElse(1) < 1) {
            throw new IllegalArgumentException("Expected limits of at least 1 (leave one out for none), found " + requestsPerMinute + " requests per minute, "
                    + tokensPerMinute + " tokens per minute, " + concurrent + " at the same time.");
        }
    }

    boolean allows(String model) {
        return models.isEmpty() || models.contains(model);
    }
}
