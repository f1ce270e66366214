package dev.hone.llm.gguf;

import java.lang.foreign.MemorySegment;

/**
 * Q4_0 and Q5_0: 32 values share an f16 scale, x = d·(code − 8) or d·(code − 16).
 *
 * <p>Bytes: d; for Q5_0 the fifth bits of all codes, 4 bytes; 16 bytes of low four bits, code i below code i + 16.
 */
final class SmallBlocks implements Blocks {
    private static final int LENGTH = 32;
    private static final int HALF_LENGTH = 16;

    private final int bits;
    private final int middle;
    private final ScaleSearch search;

    SmallBlocks(int bits) {
        this.bits = bits;
        this.middle = 1 << (bits - 1);
        float[] up = bits == 4 ? ScaleSearch.grid(6, 9, 0.5) : ScaleSearch.grid(14, 17, 0.5);
        float[] both = new float[2 * up.length];
        for (int i = 0; i < up.length; i++) {
            both[2 * i] = -up[i];
            both[2 * i + 1] = up[i];
        }
        search = new ScaleSearch(-middle, middle - 1, both);
    }

    private int codesAt() {
        return bits == 4 ? 2 : 6;
    }

    @Override
    public void encode(float[] x, int from, float[] h, int hFrom, MemorySegment out, long at) {
        float d = Blocks.toHalf(search.scale(x, from, LENGTH, h, hFrom));
        float inverse = d == 0 ? 0 : 1 / d;
        Blocks.half(out, at, d);
        int fifth = 0;
        for (int i = 0; i < HALF_LENGTH; i++) {
            int low = search.code(x[from + i] * inverse) + middle;
            int high = search.code(x[from + i + HALF_LENGTH] * inverse) + middle;
            Blocks.set(out, at + codesAt() + i, low & 15 | (high & 15) << 4);
            fifth |= low >> 4 << i | high >> 4 << (i + HALF_LENGTH);
        }
        if (bits == 5) {
            out.set(WORD, at + 2, fifth);
        }
    }

    @Override
    public void decode(MemorySegment in, long at, float[] x, int to) {
        float d = Blocks.half(in, at);
        int fifth = bits == 5 ? in.get(WORD, at + 2) : 0;
        for (int i = 0; i < HALF_LENGTH; i++) {
            int both = Blocks.unsigned(in, at + codesAt() + i);
            x[to + i] = d * ((both & 15 | (fifth >>> i & 1) << 4) - middle);
            x[to + i + HALF_LENGTH] = d * ((both >> 4 | (fifth >>> (i + HALF_LENGTH) & 1) << 4) - middle);
        }
    }
}
