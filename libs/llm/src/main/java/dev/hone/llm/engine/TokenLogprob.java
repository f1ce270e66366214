package dev.hone.llm.engine;

import java.util.List;

/**
 * A token and how likely it was.
 *
 * @param bytes of UTF-8 that it stands for; several tokens may make one character
 * @param logprob natural logarithm of its probability under the model alone: before temperature, penalties and constraints;
 *     NaN for a prompt's first token
 * @param alternatives the likeliest tokens at its place, likeliest first, as many as were asked for; without alternatives of their own
 */
public record TokenLogprob(int token, byte[] bytes, double logprob, List<TokenLogprob> alternatives) {
    public TokenLogprob {
        alternatives = List.copyOf(alternatives);
    }
}
