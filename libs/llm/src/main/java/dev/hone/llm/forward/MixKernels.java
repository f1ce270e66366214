package dev.hone.llm.forward;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** The inner loops of attention that add values up, weighed: each sum is one chain of fused multiply-adds over the tokens in their order. */
final class MixKernels {
    private static final long WIDTH = 4L * Lanes.COUNT;

    private MixKernels() {}

    /**
     * Eight rows of weights, one vector of a head's values, added to what is mixed already.
     *
     * @param from number of the first block to be mixed, counted from {@code firstBlock}
     * @param endPair number of the pair of tokens after the last one, counted likewise
     * @param at bytes from a block's begin to the first of these values
     * @param row bytes from one pair of tokens to the next
     * @param weights row i from {@code i · span} on
     * @param mixed row i from {@code to + i · stride} on
     */
    static void eight(MemorySegment[] segments, int firstBlock, int from, int endPair, long at, long row, float[] weights, int span, float[] mixed, int to, int stride) {
        FloatVector a = FloatVector.fromArray(Lanes.F, mixed, to);
        FloatVector b = FloatVector.fromArray(Lanes.F, mixed, to + stride);
        FloatVector c = FloatVector.fromArray(Lanes.F, mixed, to + 2 * stride);
        FloatVector d = FloatVector.fromArray(Lanes.F, mixed, to + 3 * stride);
        FloatVector e = FloatVector.fromArray(Lanes.F, mixed, to + 4 * stride);
        FloatVector f = FloatVector.fromArray(Lanes.F, mixed, to + 5 * stride);
        FloatVector g = FloatVector.fromArray(Lanes.F, mixed, to + 6 * stride);
        FloatVector h = FloatVector.fromArray(Lanes.F, mixed, to + 7 * stride);
        for (int block = from, pair = from * Lanes.RUN / 2; pair < endPair; block++) {
            MemorySegment values = segments[firstBlock + block];
            long place = at;
            int end = Math.min(endPair, pair + Lanes.RUN / 2);
            for (; pair < end; pair++, place += row) {
                int k = 2 * pair;
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

    /** The same for the first four rows alone. */
    static void four(MemorySegment[] segments, int firstBlock, int from, int endPair, long at, long row, float[] weights, int span, float[] mixed, int to, int stride) {
        FloatVector a = FloatVector.fromArray(Lanes.F, mixed, to);
        FloatVector b = FloatVector.fromArray(Lanes.F, mixed, to + stride);
        FloatVector c = FloatVector.fromArray(Lanes.F, mixed, to + 2 * stride);
        FloatVector d = FloatVector.fromArray(Lanes.F, mixed, to + 3 * stride);
        for (int block = from, pair = from * Lanes.RUN / 2; pair < endPair; block++) {
            MemorySegment values = segments[firstBlock + block];
            long place = at;
            int end = Math.min(endPair, pair + Lanes.RUN / 2);
            for (; pair < end; pair++, place += row) {
                int k = 2 * pair;
                IntVector pairs = IntVector.fromMemorySegment(Lanes.I, values, place, Lanes.ORDER);
                FloatVector u = Lanes.first(pairs);
                FloatVector v = Lanes.second(pairs);
                a = v.fma(all(weights[k + 1]), u.fma(all(weights[k]), a));
                b = v.fma(all(weights[k + span + 1]), u.fma(all(weights[k + span]), b));
                c = v.fma(all(weights[k + 2 * span + 1]), u.fma(all(weights[k + 2 * span]), c));
                d = v.fma(all(weights[k + 3 * span + 1]), u.fma(all(weights[k + 3 * span]), d));
            }
        }
        a.intoArray(mixed, to);
        b.intoArray(mixed, to + stride);
        c.intoArray(mixed, to + 2 * stride);
        d.intoArray(mixed, to + 3 * stride);
    }

    /** The same for the first row alone. */
    static void one(MemorySegment[] segments, int firstBlock, int from, int endPair, long at, long row, float[] weights, float[] mixed, int to) {
        FloatVector a = FloatVector.fromArray(Lanes.F, mixed, to);
        for (int block = from, pair = from * Lanes.RUN / 2; pair < endPair; block++) {
            MemorySegment values = segments[firstBlock + block];
            long place = at;
            int end = Math.min(endPair, pair + Lanes.RUN / 2);
            for (; pair < end; pair++, place += row) {
                IntVector pairs = IntVector.fromMemorySegment(Lanes.I, values, place, Lanes.ORDER);
                a = Lanes.second(pairs).fma(all(weights[2 * pair + 1]), Lanes.first(pairs).fma(all(weights[2 * pair]), a));
            }
        }
        a.intoArray(mixed, to);
    }

    /** The first row alone and four vectors of values side by side. */
    static void oneOfFour(MemorySegment[] segments, int firstBlock, int from, int endPair, long at, long row, float[] weights, float[] mixed, int to) {
        FloatVector a = FloatVector.fromArray(Lanes.F, mixed, to);
        FloatVector b = FloatVector.fromArray(Lanes.F, mixed, to + Lanes.COUNT);
        FloatVector c = FloatVector.fromArray(Lanes.F, mixed, to + 2 * Lanes.COUNT);
        FloatVector d = FloatVector.fromArray(Lanes.F, mixed, to + 3 * Lanes.COUNT);
        for (int block = from, pair = from * Lanes.RUN / 2; pair < endPair; block++) {
            MemorySegment values = segments[firstBlock + block];
            long place = at;
            int end = Math.min(endPair, pair + Lanes.RUN / 2);
            for (; pair < end; pair++, place += row) {
                FloatVector x = all(weights[2 * pair]);
                FloatVector y = all(weights[2 * pair + 1]);
                IntVector pairs = IntVector.fromMemorySegment(Lanes.I, values, place, Lanes.ORDER);
                a = Lanes.second(pairs).fma(y, Lanes.first(pairs).fma(x, a));
                pairs = IntVector.fromMemorySegment(Lanes.I, values, place + WIDTH, Lanes.ORDER);
                b = Lanes.second(pairs).fma(y, Lanes.first(pairs).fma(x, b));
                pairs = IntVector.fromMemorySegment(Lanes.I, values, place + 2 * WIDTH, Lanes.ORDER);
                c = Lanes.second(pairs).fma(y, Lanes.first(pairs).fma(x, c));
                pairs = IntVector.fromMemorySegment(Lanes.I, values, place + 3 * WIDTH, Lanes.ORDER);
                d = Lanes.second(pairs).fma(y, Lanes.first(pairs).fma(x, d));
            }
        }
        a.intoArray(mixed, to);
        b.intoArray(mixed, to + Lanes.COUNT);
        c.intoArray(mixed, to + 2 * Lanes.COUNT);
        d.intoArray(mixed, to + 3 * Lanes.COUNT);
    }

    private static FloatVector all(float value) {
        return FloatVector.broadcast(Lanes.F, value);
    }
}
