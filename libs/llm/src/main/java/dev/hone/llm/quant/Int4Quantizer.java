package dev.hone.llm.quant;

import dev.hone.llm.format.FloatCodec;

/**
 * Four bits per weight, symmetric, one bf16 scale per group of neighbouring weights along the input dimension.
 *
 * <p>code = round(w / scale), from −8 to 7. For each group the scale minimises Σ h·(w − scale·code)², where h weighs a
 * column's error by its mean squared input: with independent inputs that is the layer's expected squared output error.
 * Candidates are max|w| / d for d from 6 to 9 in steps of 0.5, each improved once by the least-squares scale for its own
 * codes, Σ h·w·code / Σ h·code². All candidates are rounded to bf16 before they are judged, as the file stores them so.
 * The search follows llama.cpp's {@code make_qx_quants}; weighing by input moments is its importance matrix, and AWQ's
 * observation (<a href="https://arxiv.org/abs/2306.00978">arXiv 2306.00978</a>).
 */
final class Int4Quantizer {
    private static final int LOWEST = -8;
    private static final int HIGHEST = 7;
    private static final float FIRST_DIVISOR = 6f;
    private static final float LAST_DIVISOR = 9f;
    private static final float STEP = 0.5f;
    private static final int SCALE_BITS = 16;
    /** Keeps columns that calibration never saw from being ignored altogether. */
    private static final float LEAST_IMPORTANCE = 1e-3f;

    private Int4Quantizer() {}

    static QuantizedMatrix quantize(float[] weights, int rows, int columns, int groupSize, float[] importance) {
        if (columns % groupSize != 0) {
            throw new QuantizationFailed("group_size", "A group size of " + groupSize + " does not divide the layer's " + columns + " inputs. Choose one that does.");
        }
        float[] h = weighed(importance, columns);
        int groups = columns / groupSize;
        byte[] codes = new byte[weights.length];
        float[] scales = new float[rows * groups];
        Int8Quantizer.rows(rows, row -> {
            for (int group = 0; group < groups; group++) {
                int first = row * columns + group * groupSize;
                float scale = bestScale(weights, first, groupSize, h, group * groupSize);
                scales[row * groups + group] = scale;
                for (int i = first; scale > 0 && i < first + groupSize; i++) {
                    codes[i] = (byte) code(weights[i], 1 / scale);
                }
            }
        });
        return new QuantizedMatrix(rows, columns, codes, scales, new byte[0], groupSize, 4, SCALE_BITS);
    }

    private static float[] weighed(float[] importance, int columns) {
        float[] h = new float[columns];
        double mean = 0;
        for (int i = 0; i < columns; i++) {
            h[i] = importance == null ? 1 : importance[i];
            mean += h[i] / columns;
        }
        for (int i = 0; i < columns; i++) {
            h[i] = mean > 0 ? (float) (h[i] / mean) + LEAST_IMPORTANCE : 1;
        }
        return h;
    }

    private static float bestScale(float[] w, int first, int size, float[] h, int firstColumn) {
        float absmax = 0;
        for (int i = first; i < first + size; i++) {
            absmax = Math.max(absmax, Math.abs(w[i]));
        }
        Fit fit = new Fit(w, first, size, h, firstColumn);
        for (float divisor = FIRST_DIVISOR; absmax > 0 && divisor <= LAST_DIVISOR; divisor += STEP) {
            fit.consider(FloatCodec.roundToBf16(fit.consider(FloatCodec.roundToBf16(absmax / divisor))));
        }
        return fit.best;
    }

    /** The best scale so far of one group. */
    private static final class Fit {
        private final float[] w;
        private final int first;
        private final int size;
        private final float[] h;
        private final int firstColumn;
        private double least = Double.POSITIVE_INFINITY;
        private float best;

        Fit(float[] w, int first, int size, float[] h, int firstColumn) {
            this.w = w;
            this.first = first;
            this.size = size;
            this.h = h;
            this.firstColumn = firstColumn;
        }

        /**
         * With the sums P = Σ h·w·code and S = Σ h·code² the error is Σ h·w² − 2·scale·P + scale²·S; its first term is the
         * same for every scale and left out.
         *
         * @return P / S, the least-squares scale for the codes of this one
         */
        float consider(float scale) {
            if (scale <= 0) {
                return 0;
            }
            float inverse = 1 / scale;
            float product = 0;
            float square = 0;
            for (int i = 0; i < size; i++) {
                float code = code(w[first + i], inverse);
                float weighed = h[firstColumn + i] * code;
                product += weighed * w[first + i];
                square += weighed * code;
            }
            double error = (double) scale * scale * square - 2.0 * scale * product;
            if (error < least) {
                least = error;
                best = scale;
            }
            return square > 0 ? product / square : 0;
        }
    }

    private static int code(float w, float inverse) {
        return Math.clamp(Math.round(w * inverse), LOWEST, HIGHEST);
    }
}
