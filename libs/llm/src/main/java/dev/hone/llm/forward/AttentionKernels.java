package dev.hone.llm.forward;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** The inner loops of attention: each score and each mixed value is one chain of fused multiply-adds in a fixed order. */
final class AttentionKernels {
    private static final long KEY_STRIDE = 4L * Lanes.RUN;

    private AttentionKernels() {}

    /**
     * Eight queries, one vector of keys.
     *
     * @param at the first pair of these keys
     * @param queries [E, 8]
     * @param scores gets the scores of query i from {@code to + i · stride} on
     */
    static void scoreEight(MemorySegment keys, long at, int size, float[] queries, float[] scores, int to, int stride) {
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

    /** The same for the first query alone. */
    static void scoreOne(MemorySegment keys, long at, int size, float[] queries, float[] scores, int to) {
        FloatVector a = FloatVector.zero(Lanes.F);
        for (int i = 0; i < size; i += 2, at += KEY_STRIDE) {
            IntVector pairs = IntVector.fromMemorySegment(Lanes.I, keys, at, Lanes.ORDER);
            a = Lanes.second(pairs).fma(all(queries[8 * i + 8]), Lanes.first(pairs).fma(all(queries[8 * i]), a));
        }
        a.intoArray(scores, to);
    }

    /**
     * Eight rows of weights, one vector of a head's values.
     *
     * @param pairsOfLast pairs of tokens that count in the last block
     * @param at bytes from a block's offset to the first of these values
     * @param row bytes from one pair of tokens to the next
     * @param weights row i from {@code i · span} on
     * @param mixed gets row i from {@code to + i · stride} on
     */
    static void mixEight(MemorySegment[] segments, long[] offsets, int firstBlock, int blocks, int pairsOfLast, long at, long row, float[] weights, int span, float[] mixed, int to, int stride) {
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector e = a;
        FloatVector f = a;
        FloatVector g = a;
        FloatVector h = a;
        for (int block = 0; block < blocks; block++) {
            MemorySegment values = segments[firstBlock + block];
            long place = offsets[firstBlock + block] + at;
            int end = block * Lanes.RUN + 2 * (block + 1 == blocks ? pairsOfLast : Lanes.RUN / 2);
            for (int k = block * Lanes.RUN; k < end; k += 2, place += row) {
                IntVector pairs = IntVector.fromMemorySegment(Lanes.I, values, place, Lanes.ORDER);
                FloatVector u = Lanes.first(pairs);
                FloatVector v = Lanes.second(pairs);
                a = v.fma(all(weights[k + 1]), u.fma(all(weights[k]), a));
                b = v.fma(all(weights[k + span + 1]), u.fma(all(weights[k + span]), b));
                c = v.fma(all(weights[k + 2 * span + 1]), u.fma(all(weights[k + 2 * span]), c));
                d = v.fma(all(weights[k + 3 * span + 1]), u.fma(all(weights[k + 3 * span]), d));
                e = v.fma(all(weights[k + 4 * span + 1]), u.fma(all(weights[k + 4 * span]), e));
                f = v.fma(all(weights[k + 5 * span + 1]), u.fma(all(weights[k + 5 * span]), f));
                g = v.fma(all(weights[k + 6 * span + 1]), u.fma(all(weights[k + 6 * span]), g));
                h = v.fma(all(weights[k + 7 * span + 1]), u.fma(all(weights[k + 7 * span]), h));
            }
        }
        a.intoArray(mixed, to);
        b.intoArray(mixed, to + stride);
        c.intoArray(mixed, to + 2 * stride);
        d.intoArray(mixed, to + 3 * stride);
        e.intoArray(mixed, to + 4 * stride);
        f.intoArray(mixed, to + 5 * stride);
        g.intoArray(mixed, to + 6 * stride);
        h.intoArray(mixed, to + 7 * stride);
    }

    /** The same for the first row alone. */
    static void mixOne(MemorySegment[] segments, long[] offsets, int firstBlock, int blocks, int pairsOfLast, long at, long row, float[] weights, float[] mixed, int to) {
        FloatVector a = FloatVector.zero(Lanes.F);
        for (int block = 0; block < blocks; block++) {
            MemorySegment values = segments[firstBlock + block];
            long place = offsets[firstBlock + block] + at;
            int end = block * Lanes.RUN + 2 * (block + 1 == blocks ? pairsOfLast : Lanes.RUN / 2);
            for (int k = block * Lanes.RUN; k < end; k += 2, place += row) {
                IntVector pairs = IntVector.fromMemorySegment(Lanes.I, values, place, Lanes.ORDER);
                a = Lanes.second(pairs).fma(all(weights[k + 1]), Lanes.first(pairs).fma(all(weights[k]), a));
            }
        }
        a.intoArray(mixed, to);
    }

    private static FloatVector all(float value) {
        return FloatVector.broadcast(Lanes.F, value);
    }
}
