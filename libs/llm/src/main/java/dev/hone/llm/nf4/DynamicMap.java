package dev.hone.llm.nf4;

import java.util.Arrays;

/**
 * The 8-bit dynamic data type (Dettmers et al. 2021, arXiv:2110.02861, section 1.2; bitsandbytes'
 * {@code create_dynamic_map}): seven decades, each with twice as many values as the one below it, the middles of equal
 * parts of 0.1 to 1 of the decade, and 0 and 1. With a sign there are both signs of each value; without one a decade has
 * twice as many.
 */
public final class DynamicMap {
    private static final int DECADES = 7;

    private DynamicMap() {}

    /** 256 values from just above -1 to 1, ascending. */
    public static float[] signed() {
        return values(true);
    }

    /** 256 values from 0 to 1, ascending. */
    public static float[] unsigned() {
        return values(false);
    }

    private static float[] values(boolean signed) {
        float[] values = new float[256];
        int n = 0;
        for (int decade = 0; decade < DECADES; decade++) {
            int parts = signed ? 1 << decade : 2 << decade;
            double unit = Math.pow(10, decade - (DECADES - 1));
            for (int part = 0; part < parts; part++) {
                double middle = 0.1 + 0.9 * (part + 0.5) / parts;
                values[n++] = (float) (unit * middle);
                if (signed) {
                    values[n++] = (float) (-unit * middle);
                }
            }
        }
        values[n++] = 0;
        values[n] = 1;
        Arrays.sort(values);
        return values;
    }
}
