package dev.hone.llm.rounding;

import java.util.Arrays;
import java.util.function.IntPredicate;

/** The weights in ascending order, of which only single ones are looked up: no sorted copy of a whole matrix is made. */
final class Ranked {
    private static final int DIGITS = 1 << 16;
    private static final int MAGNITUDE = 0x7FFFFFFF;

    private final float[] w;
    private final int from;
    private final int length;
    private final int mask;

    private Ranked(float[] w, int from, int length, int mask) {
        this.w = w;
        this.from = from;
        this.length = length;
        this.mask = mask;
    }

    static Ranked values(float[] w, int from, int length) {
        return new Ranked(w, from, length, -1);
    }

    static Ranked magnitudes(float[] w, int from, int length) {
        return new Ranked(w, from, length, MAGNITUDE);
    }

    /** The value below which {@code share} of the weights lie, interpolated between the two nearest ranks. */
    double at(double share) {
        double rank = share * (length - 1);
        int below = (int) rank;
        if (length <= DIGITS) {
            float[] sorted = sorted();
            return between(sorted[below], sorted[Math.min(below + 1, length - 1)], rank - below);
        }
        return between(ranked(below), ranked(Math.min(below + 1, length - 1)), rank - below);
    }

    private static double between(double low, double high, double part) {
        return low + (high - low) * part;
    }

    private float[] sorted() {
        float[] sorted = new float[length];
        for (int i = 0; i < length; i++) {
            sorted[i] = Float.intBitsToFloat(Float.floatToRawIntBits(w[from + i]) & mask);
        }
        Arrays.sort(sorted);
        return sorted;
    }

    /** By the upper half of the bits, then by the lower half of those that share the upper one. */
    private float ranked(int rank) {
        int[] upper = counts(key -> true, 16);
        int above = digit(upper, rank);
        int before = 0;
        for (int i = 0; i < above; i++) {
            before += upper[i];
        }
        int[] lower = counts(key -> key >>> 16 == above, 0);
        int key = above << 16 | digit(lower, rank - before);
        return Float.intBitsToFloat(key < 0 ? key & MAGNITUDE : ~key);
    }

    private int[] counts(IntPredicate counted, int shift) {
        int[] counts = new int[DIGITS];
        for (int i = from; i < from + length; i++) {
            int bits = Float.floatToRawIntBits(w[i]) & mask;
            // the order of these keys as unsigned numbers is that of the values
            int key = bits < 0 ? ~bits : bits | ~MAGNITUDE;
            if (counted.test(key)) {
                counts[key >>> shift & DIGITS - 1]++;
            }
        }
        return counts;
    }

    private static int digit(int[] counts, int rank) {
        int left = rank;
        int digit = 0;
        while (left >= counts[digit]) {
            left -= counts[digit++];
        }
        return digit;
    }
}
