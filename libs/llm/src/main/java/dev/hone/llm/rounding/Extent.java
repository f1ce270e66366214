package dev.hone.llm.rounding;

/** The smallest and the largest of some weights and 0. */
public record Extent(float low, float high) {
    private static final int MAGNITUDE = 0x7FFFFFFF;
    private static final int INFINITE = 0x7F800000;

    /** @throws QuantizationFailed if a weight is not finite */
    public static Extent of(float[] w, int from, int length) {
        float low = 0;
        float high = 0;
        for (int i = from; i < from + length; i++) {
            low = Math.min(low, w[i]);
            high = Math.max(high, w[i]);
        }
        requireFinite(high - low);
        return new Extent(low, high);
    }

    /** That of all of them together. */
    public static Extent of(Extent[] parts) {
        float low = 0;
        float high = 0;
        for (Extent part : parts) {
            low = Math.min(low, part.low);
            high = Math.max(high, part.high);
        }
        return new Extent(low, high);
    }

    /** The largest magnitude; by the bits, whose order is that of magnitudes, because comparing whole numbers is cheaper. */
    static float largest(float[] w, int from, int length) {
        int most = 0;
        int i = from;
        // four at a time, as maxima of maxima need not wait for each other
        for (; i < from + length - 3; i += 4) {
            most = Math.max(most, Math.max(Math.max(magnitude(w[i]), magnitude(w[i + 1])), Math.max(magnitude(w[i + 2]), magnitude(w[i + 3]))));
        }
        for (; i < from + length; i++) {
            most = Math.max(most, magnitude(w[i]));
        }
        float largest = Float.intBitsToFloat(most);
        requireFinite(largest);
        return largest;
    }

    private static int magnitude(float value) {
        return Float.floatToRawIntBits(value) & MAGNITUDE;
    }

    private static void requireFinite(float value) {
        if (magnitude(value) >= INFINITE) {
            throw new QuantizationFailed("not_finite", "Expected finite weights, found one that is infinite or not a number. The model's file is damaged, or its training diverged.");
        }
    }
}
