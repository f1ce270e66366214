package dev.hone.llm.engine;

import dev.hone.llm.constrain.Constraint;
import dev.hone.llm.generate.Sampling;
import java.util.Optional;

/**
 * A prompt to be answered.
 *
 * @param prompt at least one token and fewer than the context holds
 * @param logprobs alternatives told with each token, 0 for the token alone; -1: nothing is told of tokens
 * @param echo whether the prompt's tokens are told, too, with their log-probabilities
 * @param deadlineNanos of {@link System#nanoTime}, after which nobody waits any more; {@link Long#MAX_VALUE} for none
 * @param prefixKey prompts share keys and values only with prompts of the same key: a tenant, or empty for all
 */
public record Ask(LoadedModel model, Optional<LoadedAdapter> adapter, int[] prompt, Sampling sampling, Optional<Constraint> constraint, int logprobs, boolean echo,
        long deadlineNanos, String prefixKey) {
    /** Plain text, nothing more told. */
    public static Ask of(LoadedModel model, int[] prompt, Sampling sampling) {
        return new Ask(model, Optional.empty(), prompt, sampling, Optional.empty(), -1, false, Long.MAX_VALUE, "");
    }
}
