package dev.hone.llm.engine;

import dev.hone.llm.generate.Logprobs;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Tells of tokens with their log-probabilities. Thread-safe. */
record TokenTeller(IntFunction<byte[]> bytes, int alternatives) {
    /** A prompt's first token: nothing says how likely it was. */
    TokenLogprob first(int token) {
        return new TokenLogprob(token, bytes.apply(token), Double.NaN, List.of());
    }

    /** @param logits [V] of the model alone, at the token's place */
    TokenLogprob of(int token, float[] logits) {
        Logprobs logprobs = new Logprobs(logits);
        List<TokenLogprob> likeliest = new ArrayList<>(alternatives);
        if (alternatives > 0) {
            for (int other : logprobs.likeliest(alternatives)) {
                likeliest.add(new TokenLogprob(other, bytes.apply(other), logprobs.of(other), List.of()));
            }
        }
        return new TokenLogprob(token, bytes.apply(token), logprobs.of(token), likeliest);
    }
}
