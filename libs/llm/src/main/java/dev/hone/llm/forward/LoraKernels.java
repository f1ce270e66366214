package dev.hone.llm.forward;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/**
 * Products with an adapter's matrices for one row or four; a row gives the same in all of them. Sums over inputs go by 32 places,
 * then over these in order; sums over ranks in order.
 */
final class LoraKernels {
    private LoraKernels() {}

    /** A's row at {@code at} times x [inputs] from {@code from} on. */
    static float dot(MemorySegment a, long at, float[] x, int from, int inputs, float[] lanes) {
        float sum = 0;
        for (int lane = 0; lane < Lanes.RUN; lane += Lanes.COUNT) {
            FloatVector p = FloatVector.zero(Lanes.F);
            FloatVector q = p;
            int whole = inputs / LoraStack.CHUNK * LoraStack.CHUNK;
            for (int i = 0; i < whole; i += LoraStack.CHUNK) {
                IntVector pairs = IntVector.fromMemorySegment(Lanes.I, a, at + 2L * i + 4L * lane, Lanes.ORDER);
                p = Lanes.first(pairs).fma(FloatVector.fromArray(Lanes.F, x, from + i + lane), p);
                q = Lanes.second(pairs).fma(FloatVector.fromArray(Lanes.F, x, from + i + lane + Lanes.RUN), q);
            }
            if (whole < inputs) {
                IntVector pairs = IntVector.fromMemorySegment(Lanes.I, a, at + 2L * whole + 4L * lane, Lanes.ORDER);
                p = Lanes.first(pairs).fma(some(x, from, whole + lane, inputs), p);
                q = Lanes.second(pairs).fma(some(x, from, whole + lane + Lanes.RUN, inputs), q);
            }
            p.add(q).intoArray(lanes, 0);
            sum = add(sum, lanes, 0);
        }
        return sum;
    }

    /** The same for four rows of x, into {@code low} at {@code to} of each. */
    static void dotFour(MemorySegment a, long at, float[] x, int x0, int x1, int x2, int x3, int inputs, float[] low, int to0, int to1, int to2, int to3, float[] lanes) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int whole = inputs / LoraStack.CHUNK * LoraStack.CHUNK;
        for (int lane = 0; lane < Lanes.RUN; lane += Lanes.COUNT) {
            FloatVector p0 = FloatVector.zero(Lanes.F);
            FloatVector q0 = p0;
            FloatVector p1 = p0;
            FloatVector q1 = p0;
            FloatVector p2 = p0;
            FloatVector q2 = p0;
            FloatVector p3 = p0;
            FloatVector q3 = p0;
            for (int i = 0; i < whole; i += LoraStack.CHUNK) {
                IntVector pairs = IntVector.fromMemorySegment(Lanes.I, a, at + 2L * i + 4L * lane, Lanes.ORDER);
                FloatVector u = Lanes.first(pairs);
                FloatVector v = Lanes.second(pairs);
                int k = i + lane;
                p0 = u.fma(FloatVector.fromArray(Lanes.F, x, x0 + k), p0);
                q0 = v.fma(FloatVector.fromArray(Lanes.F, x, x0 + k + Lanes.RUN), q0);
                p1 = u.fma(FloatVector.fromArray(Lanes.F, x, x1 + k), p1);
                q1 = v.fma(FloatVector.fromArray(Lanes.F, x, x1 + k + Lanes.RUN), q1);
                p2 = u.fma(FloatVector.fromArray(Lanes.F, x, x2 + k), p2);
                q2 = v.fma(FloatVector.fromArray(Lanes.F, x, x2 + k + Lanes.RUN), q2);
                p3 = u.fma(FloatVector.fromArray(Lanes.F, x, x3 + k), p3);
                q3 = v.fma(FloatVector.fromArray(Lanes.F, x, x3 + k + Lanes.RUN), q3);
            }
            if (whole < inputs) {
                IntVector pairs = IntVector.fromMemorySegment(Lanes.I, a, at + 2L * whole + 4L * lane, Lanes.ORDER);
                FloatVector u = Lanes.first(pairs);
                FloatVector v = Lanes.second(pairs);
                int k = whole + lane;
                p0 = u.fma(some(x, x0, k, inputs), p0);
                q0 = v.fma(some(x, x0, k + Lanes.RUN, inputs), q0);
                p1 = u.fma(some(x, x1, k, inputs), p1);
                q1 = v.fma(some(x, x1, k + Lanes.RUN, inputs), q1);
                p2 = u.fma(some(x, x2, k, inputs), p2);
                q2 = v.fma(some(x, x2, k + Lanes.RUN, inputs), q2);
                p3 = u.fma(some(x, x3, k, inputs), p3);
                q3 = v.fma(some(x, x3, k + Lanes.RUN, inputs), q3);
            }
            p0.add(q0).intoArray(lanes, 0);
            p1.add(q1).intoArray(lanes, Lanes.RUN);
            p2.add(q2).intoArray(lanes, 2 * Lanes.RUN);
            p3.add(q3).intoArray(lanes, 3 * Lanes.RUN);
            s0 = add(s0, lanes, 0);
            s1 = add(s1, lanes, Lanes.RUN);
            s2 = add(s2, lanes, 2 * Lanes.RUN);
            s3 = add(s3, lanes, 3 * Lanes.RUN);
        }
        low[to0] = s0;
        low[to1] = s1;
        low[to2] = s2;
        low[to3] = s3;
    }

    /** One row of x and four rows of A, which begin {@code step} bytes apart: sums go to {@code low} from {@code to} on. */
    static void dotRanks(MemorySegment a, long at, long step, float[] x, int from, int inputs, float[] low, int to, float[] lanes) {
        Arrays.fill(low, to, to + 4, 0);
        int whole = inputs / LoraStack.CHUNK * LoraStack.CHUNK;
        for (int lane = 0; lane < Lanes.RUN; lane += Lanes.COUNT) {
            FloatVector p0 = FloatVector.zero(Lanes.F);
            FloatVector q0 = p0;
            FloatVector p1 = p0;
            FloatVector q1 = p0;
            FloatVector p2 = p0;
            FloatVector q2 = p0;
            FloatVector p3 = p0;
            FloatVector q3 = p0;
            for (int i = 0; i < inputs; i += LoraStack.CHUNK) {
                int k = i + lane;
                FloatVector u = i < whole ? FloatVector.fromArray(Lanes.F, x, from + k) : some(x, from, k, inputs);
                FloatVector v = i < whole ? FloatVector.fromArray(Lanes.F, x, from + k + Lanes.RUN) : some(x, from, k + Lanes.RUN, inputs);
                long place = at + 2L * i + 4L * lane;
                IntVector pairs = IntVector.fromMemorySegment(Lanes.I, a, place, Lanes.ORDER);
                p0 = Lanes.first(pairs).fma(u, p0);
                q0 = Lanes.second(pairs).fma(v, q0);
                pairs = IntVector.fromMemorySegment(Lanes.I, a, place + step, Lanes.ORDER);
                p1 = Lanes.first(pairs).fma(u, p1);
                q1 = Lanes.second(pairs).fma(v, q1);
                pairs = IntVector.fromMemorySegment(Lanes.I, a, place + 2 * step, Lanes.ORDER);
                p2 = Lanes.first(pairs).fma(u, p2);
                q2 = Lanes.second(pairs).fma(v, q2);
                pairs = IntVector.fromMemorySegment(Lanes.I, a, place + 3 * step, Lanes.ORDER);
                p3 = Lanes.first(pairs).fma(u, p3);
                q3 = Lanes.second(pairs).fma(v, q3);
            }
            p0.add(q0).intoArray(lanes, 0);
            p1.add(q1).intoArray(lanes, Lanes.RUN);
            p2.add(q2).intoArray(lanes, 2 * Lanes.RUN);
            p3.add(q3).intoArray(lanes, 3 * Lanes.RUN);
            for (int r = 0; r < 4; r++) {
                low[to + r] = add(low[to + r], lanes, r * Lanes.RUN);
            }
        }
    }

    private static FloatVector some(float[] x, int from, int i, int inputs) {
        VectorMask<Float> inside = Lanes.F.indexInRange(i, inputs);
        return FloatVector.fromArray(Lanes.F, x, from + i, inside);
    }

    private static float add(float sum, float[] lanes, int from) {
        // two chains, because each addition waits for the one before
        float other = 0;
        for (int i = 0; i < Lanes.COUNT; i += 2) {
            sum += lanes[from + i];
            other += lanes[from + i + 1];
        }
        return sum + other;
    }

    /** Adds B times low [rank] from {@code from} on to outputs {@code o} to {@code end} - 1 of the row of y that begins at {@code to}. */
    static void raise(LoraStack.Module module, int o, int end, float[] low, int from, float[] y, int to) {
        for (; o + Lanes.COUNT <= end; o += Lanes.COUNT) {
            raised(module.b(), module.at(o), module.rank(), low, from, FloatVector.fromArray(Lanes.F, y, to + o)).intoArray(y, to + o);
        }
        if (o < end) {
            VectorMask<Float> inside = Lanes.F.indexInRange(o, end);
            raised(module.b(), module.at(o), module.rank(), low, from, FloatVector.fromArray(Lanes.F, y, to + o, inside)).intoArray(y, to + o, inside);
        }
    }

    private static FloatVector raised(MemorySegment b, long at, int rank, float[] low, int from, FloatVector sum) {
        int r = 0;
        for (; r + 8 <= rank; r += 8, at += 4 * LoraStack.PAIR_STEP) {
            sum = raised(b, at, low, from + r, sum);
            sum = raised(b, at + LoraStack.PAIR_STEP, low, from + r + 2, sum);
            sum = raised(b, at + 2 * LoraStack.PAIR_STEP, low, from + r + 4, sum);
            sum = raised(b, at + 3 * LoraStack.PAIR_STEP, low, from + r + 6, sum);
        }
        for (; r < rank; r += 2, at += LoraStack.PAIR_STEP) {
            sum = raised(b, at, low, from + r, sum);
        }
        return sum;
    }

    private static FloatVector raised(MemorySegment b, long at, float[] low, int r, FloatVector sum) {
        IntVector pairs = IntVector.fromMemorySegment(Lanes.I, b, at, Lanes.ORDER);
        return Lanes.second(pairs).fma(FloatVector.broadcast(Lanes.F, low[r + 1]), Lanes.first(pairs).fma(FloatVector.broadcast(Lanes.F, low[r]), sum));
    }

    /** The same for four rows; whole vectors only. Returns the first output that is left. */
    static int raiseFour(LoraStack.Module module, int o, int end, float[] low, int l0, int l1, int l2, int l3, float[] y, int y0, int y1, int y2, int y3) {
        MemorySegment b = module.b();
        int rank = module.rank();
        for (; o + Lanes.COUNT <= end; o += Lanes.COUNT) {
            FloatVector s0 = FloatVector.fromArray(Lanes.F, y, y0 + o);
            FloatVector s1 = FloatVector.fromArray(Lanes.F, y, y1 + o);
            FloatVector s2 = FloatVector.fromArray(Lanes.F, y, y2 + o);
            FloatVector s3 = FloatVector.fromArray(Lanes.F, y, y3 + o);
            long at = module.at(o);
            for (int r = 0; r < rank; r += 2, at += LoraStack.PAIR_STEP) {
                IntVector pairs = IntVector.fromMemorySegment(Lanes.I, b, at, Lanes.ORDER);
                FloatVector u = Lanes.first(pairs);
                FloatVector v = Lanes.second(pairs);
                s0 = v.fma(FloatVector.broadcast(Lanes.F, low[l0 + r + 1]), u.fma(FloatVector.broadcast(Lanes.F, low[l0 + r]), s0));
                s1 = v.fma(FloatVector.broadcast(Lanes.F, low[l1 + r + 1]), u.fma(FloatVector.broadcast(Lanes.F, low[l1 + r]), s1));
                s2 = v.fma(FloatVector.broadcast(Lanes.F, low[l2 + r + 1]), u.fma(FloatVector.broadcast(Lanes.F, low[l2 + r]), s2));
                s3 = v.fma(FloatVector.broadcast(Lanes.F, low[l3 + r + 1]), u.fma(FloatVector.broadcast(Lanes.F, low[l3 + r]), s3));
            }
            s0.intoArray(y, y0 + o);
            s1.intoArray(y, y1 + o);
            s2.intoArray(y, y2 + o);
            s3.intoArray(y, y3 + o);
        }
        return o;
    }
}
