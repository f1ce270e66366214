package dev.hone.llm.generate;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Passes over a vocabulary with vector instructions; loaded only where there are any. */
final class VectorScan {
    private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;

    private VectorScan() {}

    static float largest(float[] x, int from, int to) {
        FloatVector most = FloatVector.broadcast(LANES, Float.NEGATIVE_INFINITY);
        int i = from;
        for (; i <= to - LANES.length(); i += LANES.length()) {
            most = most.max(FloatVector.fromArray(LANES, x, i));
        }
        float largest = most.reduceLanes(VectorOperators.MAX);
        for (; i < to; i++) {
            largest = Math.max(largest, x[i]);
        }
        return largest;
    }

    /** An index before which nothing from {@code from} on is larger. */
    static int larger(float[] x, int from, float than) {
        int i = from;
        while (i <= x.length - LANES.length() && !FloatVector.fromArray(LANES, x, i).compare(VectorOperators.GT, than).anyTrue()) {
            i += LANES.length();
        }
        return i;
    }

    static float sumAtLeast(float[] x, float least) {
        FloatVector sums = FloatVector.zero(LANES);
        int i = 0;
        for (; i <= x.length - LANES.length(); i += LANES.length()) {
            FloatVector values = FloatVector.fromArray(LANES, x, i);
            sums = sums.add(values, values.compare(VectorOperators.GE, least));
        }
        float sum = sums.reduceLanes(VectorOperators.ADD);
        for (; i < x.length; i++) {
            sum += x[i] >= least ? x[i] : 0;
        }
        return sum;
    }
}
