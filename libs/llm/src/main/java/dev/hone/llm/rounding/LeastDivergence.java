package dev.hone.llm.rounding;

/**
 * Clips the magnitudes where the distribution of what is left, rounded to so many levels, has the least
 * Kullback-Leibler divergence from the weights' own: TensorRT's calibration (Migacz, "8-bit inference with TensorRT", GTC
 * 2017). Of a histogram of |w| with 16 bins a level, 2,048 with eight bits, the first i are kept. P is these, with all beyond
 * added to the last; Q is the same bins without those beyond, merged into equal parts, one per level, and each part spread
 * evenly over those of its bins that P has something in. The threshold is the upper edge of the i-th bin.
 *
 * <p>With eight bits every eighth i is tried: the threshold is then within 0.4 % of the largest magnitude from the best.
 * Asymmetric schemes clip both ends at the threshold. Counts of a bin, and what P needs of their logarithms, are summed up to
 * each bin beforehand: a candidate then costs a logarithm per level instead of two per bin. A thousand weights leave most
 * bins of eight bits empty; {@link LeastError} is the better choice for them.
 */
record LeastDivergence() implements Range {
    private static final int BINS_OF_LEVEL = 16;
    /** What rounding of the sums may make of equal divergences. */
    private static final double SAME = 1e-9;

    @Override
    public Fit fit(Grid grid, float[] w, int from, int length, float[] h, int hFrom) {
        Extent extent = Extent.of(w, from, length);
        double most = Math.max(-extent.low(), extent.high());
        int levels = 1 << grid.bits() - 1;
        int bins = BINS_OF_LEVEL * levels;
        double threshold = most == 0 ? 0 : most * keptBins(counts(w, from, length, most, bins), levels) / bins;
        return grid.over(Math.max(extent.low(), -threshold), Math.min(extent.high(), threshold));
    }

    private static long[] counts(float[] w, int from, int length, double most, int bins) {
        long[] counts = new long[bins];
        double perBin = bins / most;
        for (int i = from; i < from + length; i++) {
            counts[Math.min(bins - 1, (int) (Math.abs(w[i]) * perBin))]++;
        }
        return counts;
    }

    /** @return the number of bins that diverges least; among equals the largest */
    static int keptBins(long[] counts, int levels) {
        Sums sums = new Sums(counts);
        int best = counts.length;
        double least = Double.POSITIVE_INFINITY;
        for (int kept = counts.length; kept >= levels; kept -= Math.max(1, levels / BINS_OF_LEVEL)) {
            double divergence = sums.divergence(kept, levels);
            if (divergence < least - SAME) {
                least = divergence;
                best = kept;
            }
        }
        return best;
    }

    /** Sums over the bins before each: of counts, of filled bins, and of count · ln count. */
    private static final class Sums {
        private final long[] counts;
        private final long[] count;
        private final int[] filled;
        private final double[] entropy;

        Sums(long[] counts) {
            this.counts = counts;
            count = new long[counts.length + 1];
            filled = new int[counts.length + 1];
            entropy = new double[counts.length + 1];
            for (int i = 0; i < counts.length; i++) {
                count[i + 1] = count[i] + counts[i];
                filled[i + 1] = filled[i] + (counts[i] > 0 ? 1 : 0);
                entropy[i + 1] = entropy[i] + timesLog(counts[i]);
            }
        }

        private static double timesLog(double x) {
            return x == 0 ? 0 : x * Math.log(x);
        }

        /** Σ P·ln(P / Q) of P with its outliers against Q; infinite where Q has nothing and P has. */
        double divergence(int kept, int levels) {
            long all = count[counts.length];
            long inside = count[kept];
            long last = counts[kept - 1] + all - inside;
            double sum = entropy[kept - 1] + timesLog(last);
            for (int level = 0; level < levels; level++) {
                int begin = (int) ((long) kept * level / levels);
                int end = (int) ((long) kept * (level + 1) / levels);
                long mass = count[end] - count[begin];
                boolean holdsLast = end == kept;
                int bins = filled[end] - filled[begin] + (holdsLast && last > 0 && counts[kept - 1] == 0 ? 1 : 0);
                long weight = mass + (holdsLast ? all - inside : 0);
                if (weight > 0) {
                    sum -= mass == 0 ? Double.POSITIVE_INFINITY : weight * Math.log((double) mass / bins);
                }
            }
            // P = count / all and Q = share / inside: the two constants come out of the sum
            return inside == 0 ? Double.POSITIVE_INFINITY : mean(sum, all) - Math.log(all) + Math.log(inside);
        }

        private static double mean(double sum, long all) {
            return sum == Double.NEGATIVE_INFINITY ? Double.POSITIVE_INFINITY : sum / all;
        }
    }
}
