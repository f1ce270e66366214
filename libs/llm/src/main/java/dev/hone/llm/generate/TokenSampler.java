package dev.hone.llm.generate;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Draws tokens from logits as {@link Sampling} says. Ties go to the lower token id everywhere, so that a draw depends on
 * the logits, the tokens so far and the seed alone. Not thread-safe; one per answer.
 */
public final class TokenSampler {
    private static final float FIRST_TRY = 1f / 8;
    /** A sum to three digits that is larger by this is certainly larger. */
    private static final double SAFETY = 1.002;

    private final Sampling sampling;
    private final LogitRules rules;
    private final SplitMix64 random;

    /** @param prompt whose tokens a repetition penalty speaks against */
    public TokenSampler(Sampling sampling, int[] prompt) {
        this.sampling = sampling;
        this.rules = new LogitRules(sampling, prompt);
        this.random = new SplitMix64(sampling.seed());
    }

    /** @param logits [V], left as they are */
    public int next(float[] logits) {
        return next(logits, null);
    }

    /**
     * @param logits        [V], left as they are
     * @param allowedOrNull tokens that may come; null: all
     * @throws IllegalStateException if none may come, or a logit is NaN
     */
    public int next(float[] logits, BitSet allowedOrNull) {
        int token = choose(rules.apply(logits, allowedOrNull));
        rules.chosen(token);
        return token;
    }

    private int choose(float[] logits) {
        int likeliest = likeliest(logits);
        if (sampling.temperature() == 0) {
            return likeliest;
        }
        boolean all = sampling.topP() == 1 && !limitsCount(logits.length);
        return all ? drawFromAll(logits, logits[likeliest]) : drawFrom(candidates(logits), logits, logits[likeliest]);
    }

    static int likeliest(float[] logits) {
        return Largest.index(logits);
    }

    private boolean limitsCount(int vocabulary) {
        return sampling.topK() > 0 && sampling.topK() < vocabulary;
    }

    private float scale() {
        return (float) Math.min(1 / sampling.temperature(), Float.MAX_VALUE);
    }

    /** Softmax without its denominator: exp((z - max z) / temperature). */
    private float weight(float logit, float max) {
        return Exponentials.exp((logit - max) * scale());
    }

    /** Ids of the tokens that top-k, then top-p, then min-p leave, likeliest first. */
    int[] candidates(float[] logits) {
        float max = logits[likeliest(logits)];
        if (limitsCount(logits.length)) {
            int[] ids = Largest.indices(logits, sampling.topK());
            return cut(ids, logits, max, total(ids, logits, max));
        }
        float[] weights = Scratch.weights(logits.length);
        Exponentials.exp(logits, logits.length, max, scale(), weights);
        double total = Exponentials.sum(weights, logits.length);
        return cut(Largest.atLeast(weights, lightest(weights, total)), logits, max, total);
    }

    /**
     * A weight below which no token is in the nucleus, so that only the others are sorted: those above hold top-p of the
     * whole already. At the latest (1 - p) / (V - 1) of it, as lighter tokens hold less than 1 - p together. The likeliest,
     * whose weight is 1, always stays.
     */
    private float lightest(float[] weights, double total) {
        double least = Math.min(1, total * (1 - sampling.topP()) / Math.max(1, weights.length - 1));
        for (float weight = FIRST_TRY; weight > least; weight /= 8) {
            if (Largest.sumAtLeast(weights, weight) > sampling.topP() * total * SAFETY) {
                return weight;
            }
        }
        return (float) least;
    }

    /** The shortest beginning of ids, likeliest first, that reaches top-p of the total, without what is below min-p. */
    private int[] cut(int[] ids, float[] logits, float max, double total) {
        double reached = 0;
        int kept = 0;
        while (kept < ids.length && (kept == 0 || reached < sampling.topP() * total && weight(logits[ids[kept]], max) >= sampling.minP())) {
            reached += weight(logits[ids[kept]], max);
            kept++;
        }
        return Arrays.copyOf(ids, kept);
    }

    private double total(int[] ids, float[] logits, float max) {
        double total = 0;
        for (int id : ids) {
            total += weight(logits[id], max);
        }
        return total;
    }

    private int drawFrom(int[] ids, float[] logits, float max) {
        double target = random.nextDouble() * total(ids, logits, max);
        for (int id : ids) {
            target -= weight(logits[id], max);
            if (target < 0) {
                return id;
            }
        }
        return ids[ids.length - 1];
    }

    private int drawFromAll(float[] logits, float max) {
        float[] weights = Scratch.weights(logits.length);
        Exponentials.exp(logits, logits.length, max, scale(), weights);
        for (int i = 0; sampling.minP() > 0 && i < weights.length; i++) {
            weights[i] = weights[i] < sampling.minP() ? 0 : weights[i];
        }
        double target = random.nextDouble() * Exponentials.sum(weights, weights.length);
        int from = 0;
        while (from + Exponentials.BLOCK < weights.length) {
            double block = Exponentials.blockSum(weights, from, from + Exponentials.BLOCK);
            if (target < block) {
                break;
            }
            target -= block;
            from += Exponentials.BLOCK;
        }
        return drawFrom(from, weights, target);
    }

    /** Rounding may leave a little of the target behind the last token: then it is that one. */
    private static int drawFrom(int from, float[] weights, double target) {
        int last = from;
        double rest = target;
        for (int id = from; id < weights.length; id++) {
            if (weights[id] > 0) {
                rest -= weights[id];
                last = id;
                if (rest < 0) {
                    return id;
                }
            }
        }
        return weights[last] > 0 ? last : Largest.index(weights);
    }
}
