package dev.hone.llm.forward;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** What a thread writes on while it works: one per thread, for all models. */
final class Scratch {
    private static final ThreadLocal<Scratch> MINE = ThreadLocal.withInitial(Scratch::new);

    /** Four vectors. */
    final float[] lanes = new float[4 * Lanes.RUN];

    /** Blocks of the sequence in work: where they lie. */
    MemorySegment[] segments = new MemorySegment[64];

    private float[] queries = new float[0];
    private float[] scores = new float[0];
    private float[] mixed = new float[0];
    private float[] row = new float[0];

    static Scratch mine() {
        return MINE.get();
    }

    float[] queries(int values) {
        return queries = atLeast(queries, values);
    }

    float[] mixed(int values) {
        return mixed = atLeast(mixed, values);
    }

    float[] scores(int values) {
        return scores = atLeast(scores, values);
    }

    /** Exactly so long, because readers take the length for the row's. */
    float[] row(int values) {
        if (row.length != values) {
            row = new float[values];
        }
        return row;
    }

    void blocks(int count) {
        if (segments.length < count) {
            segments = Arrays.copyOf(segments, Integer.highestOneBit(count) * 2);
        }
    }

    static float[] atLeast(float[] values, int count) {
        return values.length >= count ? values : new float[Math.max(64, Math.toIntExact(Math.min(Integer.MAX_VALUE - 8L, count + count / 4L)))];
    }
}
