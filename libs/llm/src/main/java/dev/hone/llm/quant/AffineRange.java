package dev.hone.llm.quant;

/**
 * The affine map from reals to unsigned 8-bit codes: x ≈ scale · (code − zeroPoint), with
 * scale = (max − min) / 255 and zeroPoint = round(−min / scale).
 * Source: Jacob et al. 2018, <a href="https://arxiv.org/abs/1712.05877">arXiv 1712.05877</a>, section 2.1 and equation 13.
 *
 * @param scale width of one code in units of x; 0 when every value is 0
 * @param zeroPoint the code of exactly 0, from 0 to 255
 */
public record AffineRange(float scale, int zeroPoint) {
    private static final int LEVELS = 255;

    /**
     * The map for values from {@code min} to {@code max}. The range is widened to hold 0, so that 0 has a code of its own.
     */
    public static AffineRange of(double min, double max) {
        if (!(min <= max) || Double.isInfinite(min) || Double.isInfinite(max)) {
            throw new IllegalArgumentException("Expected a finite range, found " + min + " to " + max + ".");
        }
        double low = Math.min(min, 0);
        double high = Math.max(max, 0);
        float scale = (float) ((high - low) / LEVELS);
        return new AffineRange(scale, scale == 0 ? 0 : (int) Math.rint(-low / scale));
    }

    /** The nearest code, 0 to 255. */
    public int quantize(float x) {
        return scale == 0 ? zeroPoint : Math.clamp((int) Math.rint(x / scale) + zeroPoint, 0, LEVELS);
    }

    public float dequantize(int code) {
        return scale * (code - zeroPoint);
    }
}
