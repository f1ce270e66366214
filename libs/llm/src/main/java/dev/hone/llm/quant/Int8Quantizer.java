package dev.hone.llm.quant;

import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Eight bits per weight, one scale per output channel (row).
 *
 * <p>Symmetric: scale = max|w| / 127, code = round(w / scale), from −127 to 127. Asymmetric: {@link AffineRange} over the
 * row's smallest and largest weight; its unsigned codes and zero point are stored less 128, so that they are signed bytes
 * too, which leaves code − zero point unchanged. Rounding is to nearest, ties to even.
 * Source: Jacob et al. 2018, arXiv 1712.05877; Nagel et al. 2021,
 * <a href="https://arxiv.org/abs/2106.08295">arXiv 2106.08295</a>, section 2.
 */
final class Int8Quantizer {
    private static final int LARGEST = 127;
    private static final int TO_SIGNED = 128;
    private static final int FLOAT_BITS = 32;

    private Int8Quantizer() {}

    static QuantizedMatrix symmetric(float[] weights, int rows, int columns) {
        byte[] codes = new byte[weights.length];
        float[] scales = new float[rows];
        rows(rows, row -> {
            int first = row * columns;
            float absmax = 0;
            for (int i = first; i < first + columns; i++) {
                absmax = Math.max(absmax, Math.abs(weights[i]));
            }
            float scale = absmax / LARGEST;
            scales[row] = scale;
            for (int i = first; scale > 0 && i < first + columns; i++) {
                codes[i] = (byte) Math.clamp((int) Math.rint(weights[i] / scale), -LARGEST, LARGEST);
            }
        });
        return new QuantizedMatrix(rows, columns, codes, scales, new byte[0], columns, 8, FLOAT_BITS);
    }

    static QuantizedMatrix asymmetric(float[] weights, int rows, int columns) {
        byte[] codes = new byte[weights.length];
        float[] scales = new float[rows];
        byte[] zeroPoints = new byte[rows];
        rows(rows, row -> {
            int first = row * columns;
            float min = 0;
            float max = 0;
            for (int i = first; i < first + columns; i++) {
                min = Math.min(min, weights[i]);
                max = Math.max(max, weights[i]);
            }
            AffineRange range = AffineRange.of(min, max);
            scales[row] = range.scale();
            zeroPoints[row] = (byte) (range.zeroPoint() - TO_SIGNED);
            for (int i = first; i < first + columns; i++) {
                codes[i] = (byte) (range.quantize(weights[i]) - TO_SIGNED);
            }
        });
        return new QuantizedMatrix(rows, columns, codes, scales, zeroPoints, columns, 8, FLOAT_BITS);
    }

    /** Rows are independent, so the result does not depend on how they are spread over cores. */
    static void rows(int rows, IntConsumer work) {
        IntStream.range(0, rows).parallel().forEach(work);
    }
}
