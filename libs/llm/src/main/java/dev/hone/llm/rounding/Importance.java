package dev.hone.llm.rounding;

import java.util.Arrays;

/** How much each column's error counts. */
public final class Importance {
    /** Keeps columns that calibration never saw from being ignored altogether. */
    private static final float LEAST = 1e-3f;

    private Importance() {}

    /**
     * @param measured per column, such as its mean squared input; null: all the same
     * @return the same with a mean of 1, and a little added to each
     */
    public static float[] of(float[] measured, int columns) {
        float[] h = new float[columns];
        double mean = 0;
        for (int i = 0; i < columns; i++) {
            h[i] = measured == null ? 1 : measured[i];
            mean += h[i] / columns;
        }
        if (!(mean > 0)) {
            Arrays.fill(h, 1);
            return h;
        }
        for (int i = 0; i < columns; i++) {
            h[i] = (float) (h[i] / mean) + LEAST;
        }
        return h;
    }
}
