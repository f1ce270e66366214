package dev.hone.llm.rounding;

/** Sums of squares, in float64. */
public final class Norms {
    private Norms() {}

    public static double squared(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += (double) value * value;
        }
        return sum;
    }

    /** Nothing lost of nothing is no error. */
    public static double ratio(double lost, double whole) {
        return lost == 0 ? 0 : lost / whole;
    }
}
