package dev.hone.llm.generate;

import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/**
 * Draws tokens from logits as {@link Sampling} says. Ties go to the lower token id everywhere, so that a draw depends on
 * the logits and the seed alone. Not thread-safe; one per answer.
 */
final class TokenSampler {
    private final Sampling sampling;
    private final SplitMix64 random;

    TokenSampler(Sampling sampling) {
        this.sampling = sampling;
        this.random = new SplitMix64(sampling.seed());
    }

    /** @param logits [V], left as they are */
    int next(float[] logits) {
        if (sampling.temperature() == 0) {
            return likeliest(logits);
        }
        double[] weights = weights(logits, sampling.temperature());
        boolean all = sampling.topP() == 1 && (sampling.topK() == 0 || sampling.topK() >= weights.length);
        return all ? draw(weights) : draw(weights, nucleus(weights));
    }

    static int likeliest(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }

    /** Softmax without its denominator: exp((z - max z) / temperature). */
    static double[] weights(float[] logits, double temperature) {
        float max = logits[likeliest(logits)];
        double[] weights = new double[logits.length];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Math.exp((logits[i] - max) / temperature);
        }
        return weights;
    }

    /** Ids of the tokens that top-k and then top-p leave, likeliest first. */
    int[] nucleus(double[] weights) {
        double smallest = smallestCandidate(weights);
        int[] ids = IntStream.range(0, weights.length).filter(id -> weights[id] >= smallest).boxed()
                .sorted(Comparator.comparingDouble(id -> -weights[id])).mapToInt(Integer::intValue).toArray();
        int kept = sampling.topK() == 0 ? ids.length : Math.min(sampling.topK(), ids.length);
        double total = sampling.topK() == 0 ? sum(weights) : sum(weights, ids, kept);
        double reached = 0;
        for (int i = 0; i < kept; i++) {
            reached += weights[ids[i]];
            if (reached >= sampling.topP() * total) {
                return Arrays.copyOf(ids, i + 1);
            }
        }
        return Arrays.copyOf(ids, kept);
    }

    /**
     * A weight below which no token can be drawn, so that only the others are sorted. By top-k: the k-th largest weight.
     * By top-p alone: tokens lighter than (1 - p) / (V - 1) of the whole together hold less than 1 - p of it; the
     * likeliest, whose weight is 1, always stays.
     */
    private double smallestCandidate(double[] weights) {
        if (sampling.topK() > 0) {
            return kthLargest(weights, Math.min(sampling.topK(), weights.length));
        }
        return Math.min(1, sum(weights) * (1 - sampling.topP()) / Math.max(1, weights.length - 1));
    }

    private static double kthLargest(double[] weights, int k) {
        PriorityQueue<Double> largest = new PriorityQueue<>(k);
        for (double weight : weights) {
            if (largest.size() < k) {
                largest.add(weight);
            } else if (weight > largest.peek()) {
                largest.poll();
                largest.add(weight);
            }
        }
        return largest.peek();
    }

    private static double sum(double[] weights) {
        return Arrays.stream(weights).sum();
    }

    private static double sum(double[] weights, int[] ids, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += weights[ids[i]];
        }
        return sum;
    }

    private int draw(double[] weights) {
        double target = random.nextDouble() * sum(weights);
        int last = 0;
        for (int id = 0; id < weights.length; id++) {
            if (weights[id] > 0) {
                target -= weights[id];
                last = id;
                if (target < 0) {
                    return id;
                }
            }
        }
        return last;
    }

    private int draw(double[] weights, int[] ids) {
        double target = random.nextDouble() * sum(weights, ids, ids.length);
        for (int id : ids) {
            target -= weights[id];
            if (target < 0) {
                return id;
            }
        }
        return ids[ids.length - 1];
    }
}
