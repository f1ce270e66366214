package dev.hone.llm.gguf;

/**
 * The scale s with which codes round(x / s), clamped to a range, lose least: minimises Σ h·(x − s·code)².
 *
 * <p>Every scale of a grid around the one that just fits is tried; codes give the best scale for them,
 * s = Σ h·x·code / Σ h·code², whose error is Σ h·x² − (Σ h·x·code)² / Σ h·code². From the best it goes on by rounding and
 * solving in turn (Lloyd 1982, doi:10.1109/TIT.1982.1056489) while that helps. The lowest code has no mirror image, so both
 * signs of the scale are tried where that matters.
 */
final class ScaleSearch {
    private static final int POLISHES = 4;
    /** What counts as a gain: more than the sums' own rounding. */
    private static final float WORTH = 1 + 1e-6f;

    private final int lowest;
    private final int highest;
    private final float[] fits;
    private float numerator;
    private float denominator;

    /** @param fits codes that the largest value may be scaled to, at most; negative ones turn the scale's sign */
    ScaleSearch(int lowest, int highest, float[] fits) {
        this.lowest = lowest;
        this.highest = highest;
        this.fits = fits;
    }

    /** From {@code first} to {@code last} by {@code step}. */
    static float[] grid(double first, double last, double step) {
        float[] grid = new float[(int) Math.round((last - first) / step) + 1];
        for (int i = 0; i < grid.length; i++) {
            grid[i] = (float) (first + i * step);
        }
        return grid;
    }

    /** {@code middle} first, because what is not worse than it is left alone; then by {@code step} away from it on both sides. */
    static float[] around(double middle, double reach, double step) {
        int steps = (int) Math.round(reach / step);
        float[] around = new float[2 * steps + 1];
        for (int i = 0; i < around.length; i++) {
            around[i] = (float) (middle + (i + 1) / 2 * step * (i % 2 == 0 ? 1 : -1));
        }
        return around;
    }

    /** Zero if all values are. */
    float scale(float[] x, int from, int length, float[] h, int hFrom) {
        float largest = 0;
        for (int i = from; i < from + length; i++) {
            if (Math.abs(x[i]) > Math.abs(largest)) {
                largest = x[i];
            }
        }
        if (Math.abs(largest) < Float.MIN_NORMAL) {
            return 0;
        }
        float best = 0;
        float gain = 0;
        for (float fit : fits) {
            sums(x, from, length, h, hFrom, fit / largest);
            float found = gain();
            if (found > gain * WORTH) {
                gain = found;
                best = numerator / denominator;
            }
        }
        for (int i = 0; i < POLISHES && best != 0; i++) {
            sums(x, from, length, h, hFrom, 1 / best);
            float found = gain();
            if (!(found > gain * WORTH)) {
                break;
            }
            gain = found;
            best = numerator / denominator;
        }
        return best;
    }

    private float gain() {
        return denominator > 0 ? numerator / denominator * numerator : 0;
    }

    private void sums(float[] x, int from, int length, float[] h, int hFrom, float inverse) {
        float products = 0;
        float squares = 0;
        for (int i = 0; i < length; i++) {
            float value = x[from + i];
            float code = code(value * inverse);
            float weighted = h[hFrom + i] * code;
            products += weighted * value;
            squares += weighted * code;
        }
        numerator = products;
        denominator = squares;
    }

    /** The code of {@code value / scale}. */
    int code(float scaled) {
        return Math.min(Math.max((int) (scaled + 1024.5f) - 1024, lowest), highest);
    }

    /** Σ h·(x − s·code)². */
    float error(float[] x, int from, int length, float[] h, int hFrom, float scale) {
        float inverse = scale == 0 ? 0 : 1 / scale;
        float error = 0;
        for (int i = 0; i < length; i++) {
            float difference = x[from + i] - scale * code(x[from + i] * inverse);
            error += h[hFrom + i] * difference * difference;
        }
        return error;
    }

    /** The scale that is best for the codes which {@code scale} makes, and {@code scale} where there are none but 0. */
    float solved(float[] x, int from, int length, float[] h, int hFrom, float scale) {
        if (scale == 0) {
            return 0;
        }
        sums(x, from, length, h, hFrom, 1 / scale);
        return denominator > 0 ? numerator / denominator : scale;
    }
}
