package dev.hone.llm.forward;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Functions that the vector library would compute otherwise in the interpreter than in compiled code: here they are made of
 * operations whose result is exactly defined.
 */
final class VectorMath {
    private static final float LOG2_E = 1.44269504f;
    /** ln 2 in two parts, the first of few digits, so that its product with a whole number is exact. */
    private static final float LN2_COARSE = 0.693359375f;
    private static final float LN2_FINE = -2.12194440e-4f;
    /** 1.5 · 2^23: adding it rounds to a whole number, which is then in the lowest bits. */
    private static final float ROUNDING = 12582912f;
    private static final float LEAST = -87f;
    private static final float MOST = 88f;

    private VectorMath() {}

    /** e^x within 2 units in the last place; 0 below −87. By e^x = 2^n · e^r with |r| ≤ ln 2 / 2 and e^r's series up to r^7 / 7!. */
    static FloatVector exp(FloatVector x) {
        return expOfFew(x.min(MOST));
    }

    /** The same of values that are below 88. */
    static FloatVector expOfFew(FloatVector x) {
        FloatVector bounded = x.max(LEAST);
        FloatVector shifted = bounded.fma(all(LOG2_E), all(ROUNDING));
        FloatVector n = shifted.sub(ROUNDING);
        FloatVector r = n.fma(all(-LN2_FINE), n.fma(all(-LN2_COARSE), bounded));
        FloatVector y = r.fma(all(1f / 5040), all(1f / 720));
        y = y.fma(r, all(1f / 120));
        y = y.fma(r, all(1f / 24));
        y = y.fma(r, all(1f / 6));
        y = y.fma(r, all(0.5f));
        y = y.fma(r, all(1f));
        y = y.fma(r, all(1f));
        FloatVector power = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).add(y.reinterpretAsInts()).reinterpretAsFloats();
        return power.blend(0f, x.lt(LEAST));
    }

    private static FloatVector all(float value) {
        return FloatVector.broadcast(Lanes.F, value);
    }

    /** 1 / (1 + e^−x) */
    static FloatVector sigmoid(FloatVector x) {
        return FloatVector.broadcast(Lanes.F, 1f).div(exp(x.neg()).add(1f));
    }

    /** cap · tanh(x / cap), by tanh(z) = 2 / (1 + e^−2z) − 1 */
    static FloatVector capped(FloatVector x, float cap) {
        return sigmoid(x.mul(2 / cap)).mul(2 * cap).sub(cap);
    }
}
