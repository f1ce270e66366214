package dev.hone.llm.rounding;

/**
 * The codes that weights are rounded to, and how their scales are stored. Codes are signed: an unsigned code of the
 * literature and its zero point, each less 2^(bits − 1), which leaves code − zero point unchanged.
 *
 * <p>Symmetric: scale = max|w| / 127 with codes −127 to 127, or max|w| / 7.5 with codes −8 to 7, which is how torchao and
 * compressed-tensors divide four bits: the one code that is left over on the negative side is put to use. Asymmetric:
 * scale = (max − min) / (2^bits − 1) and zero point = round(−min / scale) (Jacob et al. 2018,
 * <a href="https://arxiv.org/abs/1712.05877">arXiv 1712.05877</a>, section 2.1 and equation 13; Nagel et al. 2021,
 * <a href="https://arxiv.org/abs/2106.08295">arXiv 2106.08295</a>, section 2), the range widened to hold 0. Rounding is to
 * nearest, ties to even.
 *
 * @param bits 8 or 4
 * @param tiesUp whether half a code is rounded up instead, as {@link ScaleSearch} judges its candidates
 */
public record Grid(int bits, boolean symmetric, ScaleType scales, boolean tiesUp) {
    private static final float LEVELS_OF_EIGHT_BITS = 127f;
    private static final float LEVELS_OF_FOUR_BITS = 7.5f;
    /** Adding and taking off 1.5 · 2^23 rounds a float below 2^22 to its nearest whole number, ties to even. */
    static final float WHOLE = 0x1.8p23f;

    public Grid {
        if (bits != 8 && bits != 4 || tiesUp && !symmetric) {
            throw new IllegalArgumentException("Expected codes of 8 or 4 bits, found " + bits + ", or ties rounded up around a zero point.");
        }
    }

    int lowest() {
        return symmetric && bits == 8 ? -highest() : -(1 << bits - 1);
    }

    int highest() {
        return (1 << bits - 1) - 1;
    }

    /** What the largest magnitude is divided by in symmetric schemes. */
    float levels() {
        return bits == 8 ? LEVELS_OF_EIGHT_BITS : LEVELS_OF_FOUR_BITS;
    }

    /** The map for values from {@code low} to {@code high}. */
    public Fit over(double low, double high) {
        return symmetric ? scaled((float) Math.max(-low, high) / levels()) : affine(Math.min(low, 0), Math.max(high, 0));
    }

    /** The symmetric map with the stored scale that is nearest. */
    Fit scaled(float scale) {
        return new Fit(scales.round(scale), 0);
    }

    private Fit affine(double low, double high) {
        int steps = (1 << bits) - 1;
        float scale = scales.round((float) ((high - low) / steps));
        long unsigned = scale == 0 ? 0 : Math.clamp((long) Math.rint(-low / scale), 0, steps);
        return new Fit(scale, (int) unsigned + lowest());
    }

    /** The nearest code; {@link RowCodes} finds those of a whole row. */
    int code(float w, Fit fit) {
        if (fit.scale() == 0) {
            return fit.zero();
        }
        double nearest = tiesUp ? Math.floor(w * (1 / fit.scale()) + 0.5) : Math.rint(w / fit.scale());
        return (int) Math.clamp(nearest + fit.zero(), lowest(), highest());
    }
}
