package dev.hone.llm.generate;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** The different tokens of a prompt and its answer, in the order in which they first came. Not thread-safe; one per answer. */
final class TokenHistory {
    private final Map<Integer, Integer> places = new HashMap<>();
    private int[] tokens = new int[16];
    private int[] timesInAnswer = new int[16];
    private int count;

    TokenHistory(int[] prompt) {
        for (int token : prompt) {
            place(token);
        }
    }

    void answered(int token) {
        int place = place(token);
        timesInAnswer[place]++;
    }

    private int place(int token) {
        Integer known = places.putIfAbsent(token, count);
        if (known != null) {
            return known;
        }
        if (count == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * count);
            timesInAnswer = Arrays.copyOf(timesInAnswer, 2 * count);
        }
        tokens[count] = token;
        return count++;
    }

    /** Lowers the logits of what came before, as {@link Sampling} says. */
    void penalise(float[] logits, Penalties penalties) {
        for (int i = 0; i < count; i++) {
            float logit = logits[tokens[i]];
            float repeated = (float) (logit > 0 ? logit / penalties.repetition() : logit * penalties.repetition());
            int times = timesInAnswer[i];
            logits[tokens[i]] = times == 0 ? repeated : (float) (repeated - times * penalties.frequency() - penalties.presence());
        }
    }
}
