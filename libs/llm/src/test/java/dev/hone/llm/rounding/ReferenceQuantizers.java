package dev.hone.llm.rounding;

/** The quantizers' formulas in float64, one value at a time, as slow and plain as the papers write them. */
final class ReferenceQuantizers {
    private ReferenceQuantizers() {}

    /** Symmetric per channel, Nagel et al. 2021, equation 7, with 127 levels on each side. */
    static double[] int8(float[] w, int rows, int columns) {
        double[] out = new double[w.length];
        for (int r = 0; r < rows; r++) {
            double absmax = 0;
            for (int c = 0; c < columns; c++) {
                absmax = Math.max(absmax, Math.abs((double) w[r * columns + c]));
            }
            for (int c = 0; c < columns; c++) {
                out[r * columns + c] = absmax == 0 ? 0 : absmax / 127 * Math.rint(w[r * columns + c] / (absmax / 127));
            }
        }
        return out;
    }

    /** Affine per channel, Jacob et al. 2018, section 2.1. */
    static double[] int8Asymmetric(float[] w, int rows, int columns) {
        double[] out = new double[w.length];
        for (int r = 0; r < rows; r++) {
            double min = 0;
            double max = 0;
            for (int c = 0; c < columns; c++) {
                min = Math.min(min, w[r * columns + c]);
                max = Math.max(max, w[r * columns + c]);
            }
            double scale = (max - min) / 255;
            double zero = Math.rint(-min / scale);
            for (int c = 0; c < columns; c++) {
                double code = Math.max(0, Math.min(255, Math.rint(w[r * columns + c] / scale) + zero));
                out[r * columns + c] = scale * (code - zero);
            }
        }
        return out;
    }

    /** The least weighted squared error that any of many scales gives one group; the scale is not rounded. */
    static double leastInt4Error(float[] w, int first, int size, double[] h) {
        double absmax = 0;
        for (int i = 0; i < size; i++) {
            absmax = Math.max(absmax, Math.abs((double) w[first + i]));
        }
        double least = Double.POSITIVE_INFINITY;
        for (int step = 1; step <= 4000; step++) {
            double scale = absmax * step / 4000 / 4;
            double error = 0;
            for (int i = 0; i < size; i++) {
                double code = Math.max(-8, Math.min(7, Math.rint(w[first + i] / scale)));
                error += h[i] * Math.pow(w[first + i] - scale * code, 2);
            }
            least = Math.min(least, error);
        }
        return least;
    }

    /**
     * The least weighted squared error that clipping symmetrically to any of 325 parts of the range gives, affine where
     * {@code symmetric} is false; the scale is not rounded.
     */
    static double leastError(float[] w, int first, int size, double[] h, int bits, boolean symmetric) {
        double low = 0;
        double high = 0;
        for (int i = first; i < first + size; i++) {
            low = Math.min(low, w[i]);
            high = Math.max(high, w[i]);
        }
        double least = Double.POSITIVE_INFINITY;
        for (int step = 4; step <= 1300; step += 4) {
            double scale = symmetric ? Math.max(-low, high) * step / 1000 / (bits == 8 ? 127 : 7.5) : (high - low) * step / 1000 / ((1 << bits) - 1);
            double zero = symmetric ? 0 : Math.rint(-low * step / 1000 / scale) - (1 << bits - 1);
            least = Math.min(least, error(w, first, size, h, scale, zero, symmetric && bits == 8 ? -127 : -(1 << bits - 1), (1 << bits - 1) - 1));
        }
        return least;
    }

    private static double error(float[] w, int first, int size, double[] h, double scale, double zero, int lowest, int highest) {
        double error = 0;
        for (int i = 0; i < size; i++) {
            double code = Math.max(lowest, Math.min(highest, Math.rint(w[first + i] / scale) + zero));
            error += h[i % h.length] * Math.pow(w[first + i] - scale * (code - zero), 2);
        }
        return error;
    }

    /** TensorRT's calibration bin by bin: both distributions written out, and the divergence summed over them. */
    static int keptBins(long[] counts, int levels) {
        double least = Double.POSITIVE_INFINITY;
        int best = counts.length;
        for (int kept = counts.length; kept >= levels; kept -= Math.max(1, levels / 16)) {
            double[] p = new double[kept];
            for (int i = 0; i < counts.length; i++) {
                p[Math.min(i, kept - 1)] += counts[i];
            }
            double divergence = divergence(p, merged(counts, p, levels));
            if (divergence < least - 1e-9) {
                least = divergence;
                best = kept;
            }
        }
        return best;
    }

    private static double[] merged(long[] counts, double[] p, int levels) {
        double[] q = new double[p.length];
        for (int level = 0; level < levels; level++) {
            int begin = p.length * level / levels;
            int end = p.length * (level + 1) / levels;
            double mass = 0;
            int filled = 0;
            for (int i = begin; i < end; i++) {
                mass += counts[i];
                filled += p[i] > 0 ? 1 : 0;
            }
            for (int i = begin; i < end; i++) {
                q[i] = p[i] > 0 ? mass / filled : 0;
            }
        }
        return q;
    }

    private static double divergence(double[] p, double[] q) {
        double sumP = 0;
        double sumQ = 0;
        for (int i = 0; i < p.length; i++) {
            sumP += p[i];
            sumQ += q[i];
        }
        double divergence = 0;
        for (int i = 0; i < p.length; i++) {
            divergence += p[i] == 0 ? 0 : p[i] / sumP * Math.log(p[i] / sumP / (q[i] / sumQ));
        }
        return Double.isNaN(divergence) ? Double.POSITIVE_INFINITY : divergence;
    }
}
