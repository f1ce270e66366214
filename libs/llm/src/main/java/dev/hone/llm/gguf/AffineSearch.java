package dev.hone.llm.gguf;

/**
 * Scale s and offset m with which codes round((x + m) / s), clamped to 0…highest, lose least: minimises
 * Σ h·(x − s·code + m)². Offsets are not negative, as K-blocks store them without a sign.
 *
 * <p>Every start of a grid gives codes, and codes give the best line through their points by least squares; from the best
 * start it goes on by rounding and solving in turn (Lloyd 1982, doi:10.1109/TIT.1982.1056489) while that helps.
 */
final class AffineSearch {
    private static final int POLISHES = 4;

    private final int highest;
    private final float[] fits;
    private float scale;
    private float offset;
    private float sumH;
    private float sumX;
    private float solvedScale;
    private float solvedOffset;

    /** @param fits codes that the distance from the lowest to the highest value may be scaled to */
    AffineSearch(int highest, float[] fits) {
        this.highest = highest;
        this.fits = fits;
    }

    float scale() {
        return scale;
    }

    float offset() {
        return offset;
    }

    /** Leaves the line in {@link #scale} and {@link #offset}. */
    void search(float[] x, int from, int length, float[] h, int hFrom) {
        float lowest = 0;
        float largest = x[from];
        sumH = 0;
        sumX = 0;
        for (int i = 0; i < length; i++) {
            float value = x[from + i];
            lowest = Math.min(lowest, value);
            largest = Math.max(largest, value);
            sumH += h[hFrom + i];
            sumX += h[hFrom + i] * value;
        }
        scale = 0;
        offset = -lowest;
        float span = largest - lowest;
        if (span < Float.MIN_NORMAL) {
            return;
        }
        float gain = Float.NEGATIVE_INFINITY;
        for (float fit : fits) {
            gain = tried(gain, x, from, length, h, hFrom, span / fit, -lowest);
        }
        for (int i = 0; i < POLISHES && scale > 0; i++) {
            float found = tried(gain, x, from, length, h, hFrom, scale, offset);
            if (!(found > gain)) {
                return;
            }
            gain = found;
        }
    }

    /** The larger of {@code gain} and the energy that codes of this start explain, which is kept if it is the latter. */
    private float tried(float gain, float[] x, int from, int length, float[] h, int hFrom, float startScale, float startOffset) {
        float found = solve(x, from, length, h, hFrom, startScale, startOffset);
        if (!(found > gain) || !(solvedScale > 0)) {
            return gain;
        }
        scale = solvedScale;
        offset = solvedOffset;
        return found;
    }

    private float solve(float[] x, int from, int length, float[] h, int hFrom, float startScale, float startOffset) {
        float inverse = 1 / startScale;
        float shift = startOffset * inverse + 0.5f;
        float codes = 0;
        float squares = 0;
        float products = 0;
        for (int i = 0; i < length; i++) {
            float value = x[from + i];
            float code = Math.min(Math.max((int) (value * inverse + shift), 0), highest);
            float weighted = h[hFrom + i] * code;
            codes += weighted;
            squares += weighted * code;
            products += weighted * value;
        }
        float determinant = sumH * squares - codes * codes;
        if (determinant > 0) {
            solvedScale = (sumH * products - sumX * codes) / determinant;
            solvedOffset = (codes * products - squares * sumX) / determinant;
            if (solvedOffset >= 0) {
                return solvedScale * products - solvedOffset * sumX;
            }
        }
        solvedOffset = 0;
        solvedScale = squares > 0 ? products / squares : 0;
        return solvedScale * products;
    }
}
