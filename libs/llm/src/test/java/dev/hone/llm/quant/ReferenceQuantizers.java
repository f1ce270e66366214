package dev.hone.llm.quant;

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
}
