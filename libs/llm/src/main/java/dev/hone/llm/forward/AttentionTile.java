package dev.hone.llm.forward;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Up to eight queries against the keys and values of one head. Used in order: begin, query for each, score, soften for each,
 * mix, result for each.
 */
final class AttentionTile {
    static final int ROWS = 8;

    /** Blocks whose weights are mixed at once: those of eight rows stay in the fastest cache meanwhile. */
    private static final int NEAR = 32;

    private final Scratch scratch;
    private final long keys;
    private final long values;
    private final int padded;
    private final int headDim;
    private final float cap;
    private final float[] queries;
    private final float[] mixed;
    private final float[] inverse = new float[ROWS];
    private float[] scores;
    private int rows;
    private int firstBlock;
    private int lastKey;
    private int span;
    private int stride;

    /** @param origin where the keys of the layer's head begin in every block */
    AttentionTile(Scratch scratch, PagedKv kv, long origin, int headDim, float cap) {
        this.scratch = scratch;
        this.keys = origin;
        this.values = origin + kv.keyBytes();
        this.padded = kv.padded();
        this.headDim = headDim;
        this.cap = cap;
        queries = scratch.queries(padded * ROWS);
        mixed = scratch.mixed(padded * ROWS);
    }

    /** @param first position of the first query's token and {@code last} of the last one's */
    void begin(int rows, int first, int last, int window) {
        this.rows = rows;
        firstBlock = (window > 0 ? Math.max(0, first - window + 1) : 0) / Lanes.RUN;
        lastKey = last;
        span = (last / Lanes.RUN + 1 - firstBlock) * Lanes.RUN;
        // rows whose distance is a power of two would lie in the same few places of the cache
        stride = span + Lanes.RUN;
        scores = scratch.scores(stride * ROWS);
    }

    /** Takes a query in, [E] from {@code at} on, as column {@code i} of [E, 8]. */
    void query(int i, float[] x, int at, float scale) {
        for (int e = 0; e < headDim; e++) {
            queries[e * ROWS + i] = x[at + e] * scale;
        }
        for (int e = headDim; e < padded; e++) {
            queries[e * ROWS + i] = 0;
        }
    }

    /** Scores of all keys: [8, span], a stride apart. */
    void score() {
        int blocks = span / Lanes.RUN;
        int done = 0;
        for (; rows == 1 && done + 4 <= blocks; done += 4) {
            for (int lane = 0; lane < Lanes.RUN; lane += Lanes.COUNT) {
                ScoreKernels.oneOfFour(scratch.segments, firstBlock + done, keys + 4L * lane, padded, queries, scores, done * Lanes.RUN + lane);
            }
        }
        for (; done < blocks; done++) {
            MemorySegment segment = scratch.segments[firstBlock + done];
            for (int lane = 0; lane < Lanes.RUN; lane += Lanes.COUNT) {
                score(segment, keys + 4L * lane, done * Lanes.RUN + lane);
            }
        }
    }

    private void score(MemorySegment segment, long at, int to) {
        if (rows == 1) {
            ScoreKernels.one(segment, at, padded, queries, scores, to);
        } else if (rows <= 4) {
            ScoreKernels.four(segment, at, padded, queries, scores, to, stride);
        } else {
            ScoreKernels.eight(segment, at, padded, queries, scores, to, stride);
        }
    }

    /** Turns row {@code i} of scores into e^(score − largest), of keys that the token at {@code position} sees. */
    void soften(int i, int position, int window) {
        int from = i * stride;
        int origin = firstBlock * Lanes.RUN;
        if (cap > 0) {
            for (int k = 0; k < span; k += Lanes.COUNT) {
                VectorMath.capped(FloatVector.fromArray(Lanes.F, scores, from + k), cap).intoArray(scores, from + k);
            }
        }
        int seen = window > 0 ? Math.max(0, position - window + 1) - origin : 0;
        Arrays.fill(scores, from, from + Math.max(0, seen), Float.NEGATIVE_INFINITY);
        Arrays.fill(scores, from + position - origin + 1, from + span, Float.NEGATIVE_INFINITY);
        inverse[i] = 1 / exponentials(from, largest(from));
    }

    private float largest(int from) {
        FloatVector most = FloatVector.fromArray(Lanes.F, scores, from);
        for (int k = Lanes.COUNT; k < span; k += Lanes.COUNT) {
            most = most.max(FloatVector.fromArray(Lanes.F, scores, from + k));
        }
        most.intoArray(scratch.lanes, 0);
        float largest = scratch.lanes[0];
        for (int i = 1; i < Lanes.COUNT; i++) {
            largest = Math.max(largest, scratch.lanes[i]);
        }
        return largest;
    }

    /** Their sum: one sum for each place in a block, then these in order. */
    private float exponentials(int from, float largest) {
        float sum = 0;
        for (int lane = 0; lane < Lanes.RUN; lane += Lanes.COUNT) {
            FloatVector lanes = FloatVector.zero(Lanes.F);
            for (int k = lane; k < span; k += Lanes.RUN) {
                FloatVector e = VectorMath.expOfFew(FloatVector.fromArray(Lanes.F, scores, from + k).sub(largest));
                e.intoArray(scores, from + k);
                lanes = lanes.add(e);
            }
            lanes.intoArray(scratch.lanes, 0);
            for (int i = 0; i < Lanes.COUNT; i++) {
                sum += scratch.lanes[i];
            }
        }
        return sum;
    }

    /** Values weighed by the scores: [8, E]. */
    void mix() {
        int blocks = span / Lanes.RUN;
        int pairs = (lastKey - firstBlock * Lanes.RUN) / 2 + 1;
        Arrays.fill(mixed, 0, ROWS * padded, 0);
        for (int from = 0; from < blocks; from += NEAR) {
            int last = Math.min(pairs, (from + NEAR) * Lanes.RUN / 2);
            int e = 0;
            for (; rows == 1 && e + 4 * Lanes.COUNT <= padded; e += 4 * Lanes.COUNT) {
                MixKernels.oneOfFour(scratch.segments, firstBlock, from, last, values + 4L * e, 4L * padded, scores, mixed, e);
            }
            for (; e < padded; e += Lanes.COUNT) {
                mix(from, last, e);
            }
        }
    }

    private void mix(int fromBlock, int endPair, int e) {
        long at = values + 4L * e;
        long row = 4L * padded;
        if (rows == 1) {
            MixKernels.one(scratch.segments, firstBlock, fromBlock, endPair, at, row, scores, mixed, e);
        } else if (rows <= 4) {
            MixKernels.four(scratch.segments, firstBlock, fromBlock, endPair, at, row, scores, stride, mixed, e, padded);
        } else {
            MixKernels.eight(scratch.segments, firstBlock, fromBlock, endPair, at, row, scores, stride, mixed, e, padded);
        }
    }

    void result(int i, float[] out, int at) {
        for (int e = 0; e < headDim; e++) {
            out[at + e] = mixed[i * padded + e] * inverse[i];
        }
    }
}
