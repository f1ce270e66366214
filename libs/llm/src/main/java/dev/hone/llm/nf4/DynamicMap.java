package dev.hone.llm.nf4;

import java.util.Arrays;

/**
 * The signed 8-bit dynamic data type (Dettmers et al. 2021, arXiv:2110.02861, section 1.2; bitsandbytes'
 * {@code create_dynamic_map}): seven decades, each with twice as many values as the one below it, the middles of equal
 * parts of 0.1 to 1 of the decade, both signs, and 0 and 1.
 */
final class DynamicMap {
    private static final int DECADES = 7;

    private DynamicMap() {}

    static float[] values() {
        float[] values = new float[256];
        int n = 0;
        for (int decade = 0; decade < DECADES; decade++) {
            int parts = 1 << decade;
            double unit = Math.pow(10, decade - (DECADES - 1));
            for (int part = 0; part < parts; part++) {
                double middle = 0.1 + 0.9 * (part + 0.5) / parts;
                values[n++] = (float) (unit * middle);
                values[n++] = (float) (-unit * middle);
            }
        }
        values[n++] = 0;
        values[n] = 1;
        Arrays.sort(values);
        return values;
    }
}
