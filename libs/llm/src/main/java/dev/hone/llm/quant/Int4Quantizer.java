package dev.hone.llm.quant;

import dev.hone.llm.format.FloatCodec;

/**
 * Four bits per weight, symmetric, one bf16 scale per group of neighbouring weights along the input dimension.
 *
 * <p>code = round(w / scale), from −8 to 7. For each group the scale minimises Σ h·(w − scale·code)², where h weighs a
 * column's error by its mean squared input: with independent inputs that is the layer's expected squared output error.
 * Candidates are max|w| / d for d from 6 to 9 in steps of 0.25, each improved once by the least-squares scale for its own
 * codes, Σ h·w·code / Σ h·code². All candidates are rounded to bf16 before they are judged, as the file stores them so.
 * The search follows llama.cpp's {@code make_qx_quants}; weighing by input moments is its importance matrix, and AWQ's
 * observation (<a href="https://arxiv.org/abs/2306.00978">arXiv 2306.00978</a>).
 */
final class Int4Quantizer {
    private static final int LOWEST = -8;
    private static final int HIGHEST = 7;
    private static final float FIRST_DIVISOR = 6f;
    private static final float LAST_DIVISOR = 9f;
    private static final float STEP = 0.25f;
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
        float best = 0;
        double least = Double.POSITIVE_INFINITY;
        for (float divisor = FIRST_DIVISOR; absmax > 0 && divisor <= LAST_DIVISOR; divisor += STEP) {
            float scale = FloatCodec.roundToBf16(absmax / divisor);
            for (int attempt = 0; attempt < 2 && scale > 0; attempt++) {
                double error = error(w, first, size, h, firstColumn, scale);
                if (error < least) {
                    least = error;
                    best = scale;
                }
                scale = FloatCodec.roundToBf16(leastSquares(w, first, size, h, firstColumn, scale));
            }
        }
        return best;
    }

    private static double error(float[] w, int first, int size, float[] h, int firstColumn, float scale) {
        float inverse = 1 / scale;
        double error = 0;
        for (int i = 0; i < size; i++) {
            float rest = w[first + i] - scale * code(w[first + i], inverse);
            error += h[firstColumn + i] * rest * rest;
        }
        return error;
    }

    private static float leastSquares(float[] w, int first, int size, float[] h, int firstColumn, float scale) {
        float inverse = 1 / scale;
        double product = 0;
        double square = 0;
        for (int i = 0; i < size; i++) {
            int code = code(w[first + i], inverse);
            product += h[firstColumn + i] * w[first + i] * code;
            square += h[firstColumn + i] * code * code;
        }
        return square > 0 ? (float) (product / square) : 0;
    }

    private static int code(float w, float inverse) {
        return Math.clamp((int) Math.rint(w * inverse), LOWEST, HIGHEST);
    }
}
