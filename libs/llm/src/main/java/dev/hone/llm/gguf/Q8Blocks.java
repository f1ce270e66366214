package dev.hone.llm.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Q8_0: 32 values share an f16 scale, x = d·code with codes from −127 to 127. Bytes: d, then a byte a code.
 *
 * <p>The scale is the f16 value around absmax / 127 that loses least, and codes are made with it as it is stored.
 */
final class Q8Blocks implements Blocks {
    private static final int LENGTH = 32;
    private static final int HIGHEST = 127;
    private static final ScaleSearch CODES = new ScaleSearch(-HIGHEST, HIGHEST, new float[0]);

    @Override
    public void encode(float[] x, int from, float[] h, int hFrom, MemorySegment out, long at) {
        float d = scale(x, from, h, hFrom);
        float inverse = d == 0 ? 0 : 1 / d;
        Blocks.half(out, at, d);
        for (int i = 0; i < LENGTH; i++) {
            Blocks.set(out, at + 2 + i, CODES.code(x[from + i] * inverse));
        }
    }

    private static float scale(float[] x, int from, float[] h, int hFrom) {
        float absmax = 0;
        for (int i = from; i < from + LENGTH; i++) {
            absmax = Math.max(absmax, Math.abs(x[i]));
        }
        float nearest = Blocks.toHalf(absmax / HIGHEST);
        if (nearest == 0) {
            return 0;
        }
        float best = nearest;
        float least = CODES.error(x, from, LENGTH, h, hFrom, nearest);
        short bits = Float.floatToFloat16(nearest);
        float solved = CODES.solved(x, from, LENGTH, h, hFrom, nearest);
        for (float candidate : new float[] {Float.float16ToFloat((short) (bits - 1)), Float.float16ToFloat((short) (bits + 1)), Blocks.toHalf(solved)}) {
            float error = candidate > 0 && candidate < Float.POSITIVE_INFINITY ? CODES.error(x, from, LENGTH, h, hFrom, candidate) : Float.POSITIVE_INFINITY;
            if (error < least) {
                least = error;
                best = candidate;
            }
        }
        return best;
    }

    @Override
    public void decode(MemorySegment in, long at, float[] x, int to) {
        float d = Blocks.half(in, at);
        for (int i = 0; i < LENGTH; i++) {
            x[to + i] = d * in.get(ValueLayout.JAVA_BYTE, at + 2 + i);
        }
    }
}
