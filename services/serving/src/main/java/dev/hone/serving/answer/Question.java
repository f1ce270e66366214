package dev.hone.serving.answer;

import dev.hone.llm.generate.Sampling;
import java.util.Optional;

/**
 * One prompt to one model.
 *
 * @param model a deployed name
 * @param conversation the caller's name for what belongs together, answered by one revision while a new one is tried; empty: each request on its own
 * @param logprobs alternatives told with each token, 0 for the token alone; -1: none are told
 * @param echo whether the prompt's tokens are told with their log-probabilities
 * @param deadlineNanos of {@link System#nanoTime}; {@link Long#MAX_VALUE} for none
 */
public record Question(Caller caller, String model, Optional<String> conversation, Prompt prompt, Sampling sampling, Format format, int logprobs, boolean echo, long deadlineNanos) {}
