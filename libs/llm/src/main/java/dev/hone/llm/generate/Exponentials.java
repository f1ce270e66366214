package dev.hone.llm.generate;

/**
 * exp over a vocabulary, the same bits on every machine: e^x = 2^n · e^r with n = round(x / ln 2) and |r| ≤ ln 2 / 2, where
 * e^r is its Taylor polynomial of degree 7 (relative error below 6e-9) by Horner in fused steps. Sums are in double, in a
 * fixed order.
 */
final class Exponentials {
    /** Elements of a partial sum. */
    static final int BLOCK = 1024;

    /** e^-87.3 is the smallest normal float; what is smaller counts as 0. */
    static final float LOWEST = -87f;
    static final float LOG2_E = 1.4426950408889634f;
    /** ln 2 in two parts, the upper short enough that n times it is exact. */
    static final float LN2_UPPER = 0x1.62ep-1f;
    static final float LN2_LOWER = (float) (Math.log(2) - 0x1.62ep-1);
    /** Added and subtracted, rounds to the nearest integer, which then stands in the lowest bits. */
    static final float ROUNDING = 0x1.8p23f;
    static final float[] TAYLOR = {1f / 5040, 1f / 720, 1f / 120, 1f / 24, 1f / 6, 1f / 2, 1f, 1f};

    private Exponentials() {}

    /** into[i] = exp((x[i] - max) · scale) for i below {@code count}, every x at most max. */
    static void exp(float[] x, int count, float max, float scale, float[] into) {
        int i = Largest.VECTORS ? VectorExponentials.exp(x, count, max, scale, into) : 0;
        for (; i < count; i++) {
            into[i] = exp((x[i] - max) * scale);
        }
    }

    /** e^x for x of 0 or less. */
    static float exp(float x) {
        if (!(x >= LOWEST)) {
            return 0;
        }
        float shifted = x * LOG2_E + ROUNDING;
        float n = shifted - ROUNDING;
        float r = Math.fma(n, -LN2_LOWER, Math.fma(n, -LN2_UPPER, x));
        float sum = TAYLOR[0];
        for (int i = 1; i < TAYLOR.length; i++) {
            sum = Math.fma(sum, r, TAYLOR[i]);
        }
        return Float.intBitsToFloat(Float.floatToRawIntBits(sum) + (Float.floatToRawIntBits(shifted) << 23));
    }

    static double sum(float[] x, int count) {
        double sum = 0;
        for (int from = 0; from < count; from += BLOCK) {
            sum += blockSum(x, from, Math.min(count, from + BLOCK));
        }
        return sum;
    }

    /** Eight sums side by side, so that none waits for the former addition. */
    static double blockSum(float[] x, int from, int to) {
        double a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
        int i = from;
        for (; i <= to - 8; i += 8) {
            a += x[i];
            b += x[i + 1];
            c += x[i + 2];
            d += x[i + 3];
            e += x[i + 4];
            f += x[i + 5];
            g += x[i + 6];
            h += x[i + 7];
        }
        for (; i < to; i++) {
            a += x[i];
        }
        return ((a + b) + (c + d)) + ((e + f) + (g + h));
    }
}
