package dev.hone.llm.generate;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link Exponentials} with vector instructions, the same bits; loaded only where there are any. */
final class VectorExponentials {
    private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;

    private VectorExponentials() {}

    /** @return how many are done; the others do not fill a vector */
    static int exp(float[] x, int count, float max, float scale, float[] into) {
        int i = 0;
        for (; i <= count - LANES.length(); i += LANES.length()) {
            exp(FloatVector.fromArray(LANES, x, i).sub(max).mul(scale)).intoArray(into, i);
        }
        return i;
    }

    private static FloatVector exp(FloatVector x) {
        VectorMask<Float> some = x.compare(VectorOperators.GE, Exponentials.LOWEST);
        FloatVector shifted = x.mul(Exponentials.LOG2_E).add(Exponentials.ROUNDING);
        FloatVector n = shifted.sub(Exponentials.ROUNDING);
        FloatVector r = n.fma(FloatVector.broadcast(LANES, -Exponentials.LN2_UPPER), x);
        r = n.fma(FloatVector.broadcast(LANES, -Exponentials.LN2_LOWER), r);
        FloatVector sum = FloatVector.broadcast(LANES, Exponentials.TAYLOR[0]);
        for (int i = 1; i < Exponentials.TAYLOR.length; i++) {
            sum = sum.fma(r, FloatVector.broadcast(LANES, Exponentials.TAYLOR[i]));
        }
        IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        FloatVector scaled = sum.reinterpretAsInts().add(exponent).reinterpretAsFloats();
        return FloatVector.zero(LANES).blend(scaled, some);
    }
}
