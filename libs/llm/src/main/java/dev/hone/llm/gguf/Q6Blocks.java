package dev.hone.llm.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Q6_K: 256 values in 16 sub-blocks of 16, x = d·s·(code − 32), with a signed byte for each sub-block's s and d in f16.
 *
 * <p>Bytes: low four bits of the codes, 128; their high two, 64; 16 of s; d. In each half of 128 values byte i of 64 holds
 * the low bits of values i and i + 64, and byte i of 32 the high bits of values i, i + 32, i + 64 and i + 96.
 *
 * <p>Each sub-block's best scale comes first ({@link ScaleSearch}). Then in turn s is chosen among its neighbours by the
 * error that it makes, and d is solved by least squares over all 256 values.
 */
final class Q6Blocks implements Blocks {
    private static final int SUBS = 16;
    private static final int LENGTH = 16;
    private static final int HALF_VALUES = 128;
    private static final int LOWEST = -128;
    private static final int LARGEST = 127;
    private static final int MIDDLE = 32;
    private static final int ROUNDS = 4;

    private final ScaleSearch search = new ScaleSearch(-MIDDLE, MIDDLE - 1, ScaleSearch.around(-MIDDLE, 1.5, 0.5));
    private final float[] scales = new float[SUBS];
    private final int[] s = new int[SUBS];
    private final int[] best = new int[SUBS];
    private final int[] codes = new int[SUBS * LENGTH];
    private float d;
    private float least;

    @Override
    public void encode(float[] x, int from, float[] h, int hFrom, MemorySegment out, long at) {
        float largest = 0;
        for (int sub = 0; sub < SUBS; sub++) {
            scales[sub] = search.scale(x, from + LENGTH * sub, LENGTH, h, hFrom + LENGTH * sub);
            largest = Math.abs(scales[sub]) > Math.abs(largest) ? scales[sub] : largest;
        }
        choose(x, from, h, hFrom, largest / LOWEST);
        code(x, from);
        write(out, at);
    }

    /** f16 is coarse where d is small, so that a d beside the one that just fits may fit better. */
    private void choose(float[] x, int from, float[] h, int hFrom, float first) {
        least = Float.POSITIVE_INFINITY;
        d = 0;
        float trial = Blocks.toHalf(first);
        for (int round = 0; round < ROUNDS && tried(x, from, h, hFrom, trial); round++) {
            trial = Blocks.toHalf(solved(x, from, h, hFrom, trial));
        }
        short bits = Float.floatToFloat16(d);
        if (d != 0) {
            tried(x, from, h, hFrom, Float.float16ToFloat((short) (bits - 1)));
            tried(x, from, h, hFrom, Float.float16ToFloat((short) (bits + 1)));
            tried(x, from, h, hFrom, Blocks.toHalf(first * LOWEST / (LOWEST + 1)));
            tried(x, from, h, hFrom, Blocks.toHalf(first * MIDDLE / (MIDDLE - 1)));
        }
    }

    /** Chooses each s for this d, and keeps them if they lose less than those before. */
    private boolean tried(float[] x, int from, float[] h, int hFrom, float trial) {
        float error = 0;
        if (!Float.isFinite(trial)) {
            return false;
        }
        for (int sub = 0; sub < SUBS; sub++) {
            int anchor = trial == 0 ? 0 : Math.round(scales[sub] / trial);
            float smallest = Float.POSITIVE_INFINITY;
            for (int step = Math.clamp(anchor - 1, LOWEST, LARGEST); step <= Math.clamp(anchor + 1, LOWEST, LARGEST); step++) {
                float found = search.error(x, from + LENGTH * sub, LENGTH, h, hFrom + LENGTH * sub, trial * step);
                if (found < smallest) {
                    smallest = found;
                    s[sub] = step;
                }
            }
            error += smallest;
        }
        if (!(error < least)) {
            return false;
        }
        least = error;
        d = trial;
        System.arraycopy(s, 0, best, 0, SUBS);
        return true;
    }

    private float solved(float[] x, int from, float[] h, int hFrom, float trial) {
        double products = 0;
        double squares = 0;
        for (int sub = 0; sub < SUBS; sub++) {
            float inverse = inverse(trial * s[sub]);
            for (int i = LENGTH * sub; i < LENGTH * (sub + 1); i++) {
                float a = s[sub] * search.code(x[from + i] * inverse);
                products += h[hFrom + i] * a * x[from + i];
                squares += h[hFrom + i] * a * a;
            }
        }
        return squares > 0 ? (float) (products / squares) : trial;
    }

    private static float inverse(float scale) {
        return scale == 0 ? 0 : 1 / scale;
    }

    private void code(float[] x, int from) {
        for (int sub = 0; sub < SUBS; sub++) {
            float inverse = inverse(d * best[sub]);
            for (int i = LENGTH * sub; i < LENGTH * (sub + 1); i++) {
                codes[i] = search.code(x[from + i] * inverse) + MIDDLE;
            }
        }
    }

    private void write(MemorySegment out, long at) {
        for (int half = 0; half < 2; half++) {
            int first = HALF_VALUES * half;
            for (int i = 0; i < 64; i++) {
                Blocks.set(out, at + 64 * half + i, codes[first + i] & 15 | (codes[first + i + 64] & 15) << 4);
            }
            for (int i = 0; i < 32; i++) {
                Blocks.set(out, at + 128 + 32 * half + i,
                        codes[first + i] >> 4 | codes[first + i + 32] >> 4 << 2 | codes[first + i + 64] >> 4 << 4 | codes[first + i + 96] >> 4 << 6);
            }
        }
        for (int sub = 0; sub < SUBS; sub++) {
            Blocks.set(out, at + 192 + sub, best[sub]);
        }
        Blocks.half(out, at + 208, d);
    }

    @Override
    public void decode(MemorySegment in, long at, float[] x, int to) {
        float scale = Blocks.half(in, at + 208);
        for (int i = 0; i < SUBS * LENGTH; i++) {
            int half = i / HALF_VALUES;
            int within = i % HALF_VALUES;
            int low = Blocks.unsigned(in, at + 64 * half + within % 64) >> within / 64 * 4 & 15;
            int high = Blocks.unsigned(in, at + 128 + 32 * half + within % 32) >> within / 32 * 2 & 3;
            float step = scale * in.get(ValueLayout.JAVA_BYTE, at + 192 + i / LENGTH);
            x[to + i] = step * ((low | high << 4) - MIDDLE);
        }
    }
}
