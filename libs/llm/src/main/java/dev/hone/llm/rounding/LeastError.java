package dev.hone.llm.rounding;

import java.util.stream.IntStream;

/**
 * The clipping that minimises Σ h·(w − Q(w))² (Nagel et al. 2021, <a href="https://arxiv.org/abs/2106.08295">arXiv 2106.08295</a>,
 * section 3.1): the whole range of the weights times each of some factors, each improved once by the least-squares scale for
 * its own codes, Σ h·w·k / Σ h·k² with k = code − zero point. The factor 1, which clips nothing, is one of them, so that the
 * error is never above that of {@link MinMax}. All scales are rounded to the stored type before they are judged.
 *
 * @param factors descending, 1 among them
 */
record LeastError(float[] factors) implements Range {
    /** A few weights gain little from clipping, and a scale may be lucky above 1 too: narrowly spaced ones around it. */
    static final LeastError OF_GROUPS = new LeastError(geometric(1.015, 6, 20));
    /** Among thousands the largest may lie far out: down to a twentieth. */
    static final LeastError OF_MANY = new LeastError(geometric(1.1, 2, 34));

    /** One candidate's Σ h·w·k, Σ h·k² and error. */
    private record Sums(double product, double square, double error) {
        Sums plus(Sums other) {
            return new Sums(product + other.product, square + other.square, error + other.error);
        }
    }

    private static float[] geometric(double step, int above, int count) {
        float[] factors = new float[count];
        for (int i = 0; i < count; i++) {
            factors[i] = (float) Math.pow(step, above - i);
        }
        return factors;
    }

    @Override
    public Fit fit(Grid grid, float[] w, int from, int length, float[] h, int hFrom) {
        Extent extent = Extent.of(w, from, length);
        Weighed weighed = new Weighed(grid, w, from, length, h, hFrom);
        Fit best = grid.over(extent.low(), extent.high());
        double least = Double.POSITIVE_INFINITY;
        for (float factor : factors) {
            Fit fit = grid.over((double) extent.low() * factor, (double) extent.high() * factor);
            Sums sums = weighed.sums(fit);
            Fit refined = sums.square > 0 && sums.product > 0 ? new Fit(grid.scales().round((float) (sums.product / sums.square)), fit.zero()) : fit;
            double error = weighed.sums(refined).error;
            if (Math.min(sums.error, error) < least) {
                least = Math.min(sums.error, error);
                best = error < sums.error ? refined : fit;
            }
        }
        return best;
    }

    /** Weights and what their errors count, a row or a group at a time. */
    private static final class Weighed {
        private static final int PARALLEL_FROM = 1 << 17;

        private final Grid grid;
        private final float[] w;
        private final int from;
        private final int length;
        private final float[] h;
        private final int hFrom;
        private final int run;

        Weighed(Grid grid, float[] w, int from, int length, float[] h, int hFrom) {
            this.grid = grid;
            this.w = w;
            this.from = from;
            this.length = length;
            this.h = h;
            this.hFrom = hFrom;
            this.run = Math.min(length, h == null ? 1 << 12 : h.length - hFrom);
        }

        Sums sums(Fit fit) {
            int runs = Math.ceilDiv(length, run);
            if (length < PARALLEL_FROM) {
                Candidate candidate = new Candidate(fit);
                return IntStream.range(0, runs).mapToObj(candidate::sums).reduce(Sums::plus).orElseThrow();
            }
            Sums[] parts = new Sums[runs];
            Parallel.rows(runs, i -> parts[i] = new Candidate(fit).sums(i));
            // one after the other: the sum of floats depends on the order
            Sums all = parts[0];
            for (int i = 1; i < runs; i++) {
                all = all.plus(parts[i]);
            }
            return all;
        }

        /** In loops over one array each, which compile to vector instructions; halves are added to halves for the same reason. */
        private final class Candidate {
            private final float divisor;
            private final float scale;
            private final float zero;
            private final float lowest;
            private final float highest;
            private final float[] k = new float[run];
            private final float[] product = new float[run];
            private final float[] square = new float[run];
            private final float[] error = new float[run];

            Candidate(Fit fit) {
                scale = fit.scale();
                divisor = scale == 0 ? Float.MAX_VALUE : scale;
                zero = fit.zero();
                lowest = grid.lowest() - zero;
                highest = grid.highest() - zero;
            }

            Sums sums(int index) {
                int first = from + index * run;
                int n = Math.min(run, from + length - first);
                for (int i = 0; i < n; i++) {
                    k[i] = Math.max(lowest, Math.min(highest, w[first + i] / divisor + Grid.WHOLE - Grid.WHOLE));
                }
                for (int i = 0; i < n; i++) {
                    float difference = w[first + i] - scale * k[i];
                    error[i] = difference * difference;
                    product[i] = k[i] * w[first + i];
                    square[i] = k[i] * k[i];
                }
                for (int i = 0; h != null && i < n; i++) {
                    error[i] *= h[hFrom + i];
                    product[i] *= h[hFrom + i];
                    square[i] *= h[hFrom + i];
                }
                return new Sums(sum(product, n), sum(square, n), sum(error, n));
            }

            private static float sum(float[] values, int count) {
                int n = count;
                while (n > 1) {
                    int half = n / 2;
                    int upper = n - half;
                    for (int i = 0; i < half; i++) {
                        values[i] += values[upper + i];
                    }
                    n = upper;
                }
                return values[0];
            }
        }
    }
}
