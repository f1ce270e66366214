package dev.hone.llm.quant;

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
record Grid(int bits, boolean symmetric, ScaleType scales, boolean tiesUp) {
    private static final float LEVELS_OF_EIGHT_BITS = 127f;
    private static final float LEVELS_OF_FOUR_BITS = 7.5f;
    /** Adding and taking off 1.5 · 2^23 rounds a float below 2^22 to its nearest whole number, ties to even. */
    static final float WHOLE = 0x1.8p23f;

    Grid {
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
    Fit over(double low, double high) {
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

    /** The nearest code. */
    int code(float w, Fit fit) {
        if (fit.scale() == 0) {
            return fit.zero();
        }
        double nearest = tiesUp ? Math.floor(w * (1 / fit.scale()) + 0.5) : Math.rint(w / fit.scale());
        return (int) Math.clamp(nearest + fit.zero(), lowest(), highest());
    }

    /**
     * The nearest codes of a row of weights: as {@link #code}, in a form that compiles to vector instructions. For that the
     * same index counts in all arrays of floats: with another one the compiler could not know that none is written early.
     *
     * @param scales per weight; the largest float where the scale is 0
     * @param zeros per weight
     * @param codes gets the codes from {@code at} on
     * @param rounded gets code − zero of each
     */
    void codes(float[] row, float[] scales, float[] zeros, byte[] codes, int at, float[] rounded) {
        if (tiesUp) {
            codesUp(row, scales, codes, at, rounded);
            return;
        }
        float lowest = lowest();
        float highest = highest();
        for (int i = 0; i < row.length; i++) {
            float nearest = row[i] / scales[i] + WHOLE - WHOLE + zeros[i];
            float code = Math.max(lowest, Math.min(highest, nearest));
            rounded[i] = code - zeros[i];
            codes[at + i] = (byte) (int) code;
        }
    }

    private void codesUp(float[] row, float[] scales, byte[] codes, int at, float[] rounded) {
        int lowest = lowest();
        int highest = highest();
        for (int i = 0; i < row.length; i++) {
            int code = Math.max(lowest, Math.min(highest, Math.round(row[i] * (1 / scales[i]))));
            rounded[i] = code;
            codes[at + i] = (byte) code;
        }
    }
}
