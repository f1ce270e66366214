package dev.hone.llm.forward;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** The feed-forward's middle: SiLU or GELU (by tanh) of the gate, times up. */
final class GatedUnit {
    /** √(2/π) and the cubic part, of GELU's approximation by tanh (Hendrycks and Gimpel 2016, arXiv:1606.08415). */
    private static final float ROOT = 0.7978845608f;
    private static final float CUBIC = 0.044715f;

    private GatedUnit() {}

    /**
     * @param x gate [width] from {@code from} on and up [width] after it
     * @param y [width] from {@code to} on
     */
    static void apply(boolean gelu, float[] x, int from, int width, float[] y, int to) {
        int whole = Lanes.F.loopBound(width);
        int i = 0;
        for (; i < whole; i += Lanes.COUNT) {
            FloatVector up = FloatVector.fromArray(Lanes.F, x, from + width + i);
            activated(gelu, FloatVector.fromArray(Lanes.F, x, from + i)).mul(up).intoArray(y, to + i);
        }
        if (i < width) {
            VectorMask<Float> inside = Lanes.F.indexInRange(i, width);
            FloatVector up = FloatVector.fromArray(Lanes.F, x, from + width + i, inside);
            activated(gelu, FloatVector.fromArray(Lanes.F, x, from + i, inside)).mul(up).intoArray(y, to + i, inside);
        }
    }

    /** g · σ(g), or g/2 · (1 + tanh(z)) = g · σ(2z) with z = √(2/π) · (g + 0.044715 · g³) */
    private static FloatVector activated(boolean gelu, FloatVector g) {
        FloatVector z = gelu ? g.mul(g).mul(CUBIC).add(1f).mul(g).mul(2 * ROOT) : g;
        return g.mul(VectorMath.sigmoid(z));
    }
}
