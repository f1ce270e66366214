package dev.hone.llm.forward;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** RMSNorm (Zhang and Sennrich 2019, arXiv:1910.07467): y = x / √(mean(x²) + ε) · w. */
final class Norms {
    private Norms() {}

    /** @param weight [n], the 1 that some families add already in it */
    static void apply(float[] x, int from, float[] weight, float eps, float[] y, int to) {
        int n = weight.length;
        float factor = (float) (1 / Math.sqrt(sumOfSquares(x, from, n) / n + eps));
        int whole = Lanes.F.loopBound(n);
        int i = 0;
        for (; i < whole; i += Lanes.COUNT) {
            FloatVector.fromArray(Lanes.F, x, from + i).mul(factor).mul(FloatVector.fromArray(Lanes.F, weight, i)).intoArray(y, to + i);
        }
        for (; i < n; i++) {
            y[to + i] = x[from + i] * factor * weight[i];
        }
    }

    private static double sumOfSquares(float[] x, int from, int n) {
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = FloatVector.zero(Lanes.F);
        int two = 2 * Lanes.COUNT;
        int i = 0;
        for (; i + two <= n; i += two) {
            FloatVector u = FloatVector.fromArray(Lanes.F, x, from + i);
            FloatVector v = FloatVector.fromArray(Lanes.F, x, from + i + Lanes.COUNT);
            a = u.fma(u, a);
            b = v.fma(v, b);
        }
        for (; i < n; i += Lanes.COUNT) {
            VectorMask<Float> inside = Lanes.F.indexInRange(i, n);
            FloatVector u = FloatVector.fromArray(Lanes.F, x, from + i, inside);
            a = u.fma(u, a);
        }
        return sum(a.add(b));
    }

    /** The lanes' sum, in their order. */
    static double sum(FloatVector lanes) {
        float[] values = Scratch.mine().lanes;
        lanes.intoArray(values, 0);
        double sum = 0;
        for (int i = 0; i < Lanes.COUNT; i++) {
            sum += values[i];
        }
        return sum;
    }
}
