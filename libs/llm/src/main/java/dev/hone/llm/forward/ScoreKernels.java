package dev.hone.llm.forward;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** The inner loops of attention that multiply queries by keys: each score is one chain of fused multiply-adds over the head's values in their order. */
final class ScoreKernels {
    private static final long KEY_STRIDE = 4L * Lanes.RUN;

    private ScoreKernels() {}

    /**
     * Eight queries, one vector of keys.
     *
     * @param at the first pair of these keys
     * @param queries [E, 8]
     * @param scores gets the scores of query i from {@code to + i · stride} on
     */
    static void eight(MemorySegment keys, long at, int size, float[] queries, float[] scores, int to, int stride) {
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector e = a;
        FloatVector f = a;
        FloatVector g = a;
        FloatVector h = a;
        int q = 0;
        for (int i = 0; i < size; i += 2, at += KEY_STRIDE, q += 16) {
            IntVector pairs = IntVector.fromMemorySegment(Lanes.I, keys, at, Lanes.ORDER);
            FloatVector u = Lanes.first(pairs);
            FloatVector v = Lanes.second(pairs);
            a = v.fma(all(queries[q + 8]), u.fma(all(queries[q]), a));
            b = v.fma(all(queries[q + 9]), u.fma(all(queries[q + 1]), b));
            c = v.fma(all(queries[q + 10]), u.fma(all(queries[q + 2]), c));
            d = v.fma(all(queries[q + 11]), u.fma(all(queries[q + 3]), d));
            e = v.fma(all(queries[q + 12]), u.fma(all(queries[q + 4]), e));
            f = v.fma(all(queries[q + 13]), u.fma(all(queries[q + 5]), f));
            g = v.fma(all(queries[q + 14]), u.fma(all(queries[q + 6]), g));
            h = v.fma(all(queries[q + 15]), u.fma(all(queries[q + 7]), h));
        }
        a.intoArray(scores, to);
        b.intoArray(scores, to + stride);
        c.intoArray(scores, to + 2 * stride);
        d.intoArray(scores, to + 3 * stride);
        e.intoArray(scores, to + 4 * stride);
        f.intoArray(scores, to + 5 * stride);
        g.intoArray(scores, to + 6 * stride);
        h.intoArray(scores, to + 7 * stride);
    }

    /** The same for the first four queries alone. */
    static void four(MemorySegment keys, long at, int size, float[] queries, float[] scores, int to, int stride) {
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int q = 0;
        for (int i = 0; i < size; i += 2, at += KEY_STRIDE, q += 16) {
            IntVector pairs = IntVector.fromMemorySegment(Lanes.I, keys, at, Lanes.ORDER);
            FloatVector u = Lanes.first(pairs);
            FloatVector v = Lanes.second(pairs);
            a = v.fma(all(queries[q + 8]), u.fma(all(queries[q]), a));
            b = v.fma(all(queries[q + 9]), u.fma(all(queries[q + 1]), b));
            c = v.fma(all(queries[q + 10]), u.fma(all(queries[q + 2]), c));
            d = v.fma(all(queries[q + 11]), u.fma(all(queries[q + 3]), d));
        }
        a.intoArray(scores, to);
        b.intoArray(scores, to + stride);
        c.intoArray(scores, to + 2 * stride);
        d.intoArray(scores, to + 3 * stride);
    }

    /** The same for the first query alone. */
    static void one(MemorySegment keys, long at, int size, float[] queries, float[] scores, int to) {
        FloatVector a = FloatVector.zero(Lanes.F);
        for (int i = 0; i < size; i += 2, at += KEY_STRIDE) {
            IntVector pairs = IntVector.fromMemorySegment(Lanes.I, keys, at, Lanes.ORDER);
            a = Lanes.second(pairs).fma(all(queries[8 * i + 8]), Lanes.first(pairs).fma(all(queries[8 * i]), a));
        }
        a.intoArray(scores, to);
    }

    /** The first query alone and the keys of four blocks from {@code block} on, at {@code at} in each: chains that do not wait for each other. */
    static void oneOfFour(MemorySegment[] segments, int block, long at, int size, float[] queries, float[] scores, int to) {
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        MemorySegment first = segments[block];
        MemorySegment second = segments[block + 1];
        MemorySegment third = segments[block + 2];
        MemorySegment fourth = segments[block + 3];
        for (int i = 0; i < size; i += 2, at += KEY_STRIDE) {
            FloatVector x = all(queries[8 * i]);
            FloatVector y = all(queries[8 * i + 8]);
            IntVector pairs = IntVector.fromMemorySegment(Lanes.I, first, at, Lanes.ORDER);
            a = Lanes.second(pairs).fma(y, Lanes.first(pairs).fma(x, a));
            pairs = IntVector.fromMemorySegment(Lanes.I, second, at, Lanes.ORDER);
            b = Lanes.second(pairs).fma(y, Lanes.first(pairs).fma(x, b));
            pairs = IntVector.fromMemorySegment(Lanes.I, third, at, Lanes.ORDER);
            c = Lanes.second(pairs).fma(y, Lanes.first(pairs).fma(x, c));
            pairs = IntVector.fromMemorySegment(Lanes.I, fourth, at, Lanes.ORDER);
            d = Lanes.second(pairs).fma(y, Lanes.first(pairs).fma(x, d));
        }
        a.intoArray(scores, to);
        b.intoArray(scores, to + Lanes.RUN);
        c.intoArray(scores, to + 2 * Lanes.RUN);
        d.intoArray(scores, to + 3 * Lanes.RUN);
    }

    private static FloatVector all(float value) {
        return FloatVector.broadcast(Lanes.F, value);
    }
}
