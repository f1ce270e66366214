package dev.hone.llm.lora;

import dev.hone.llm.nf4.Nf4;
import java.lang.foreign.MemorySegment;

/**
 * NF4 with double quantization, see {@link Nf4}. Within a block of 64 only 16 values occur: they are made once, and each
 * code is then a lookup.
 *
 * @param codes [elements / 2], the earlier weight in the high half
 * @param absmax [elements / 64], codes of {@link Nf4#absmaxMap}
 */
record PackedNf4(long elements, MemorySegment codes, MemorySegment absmax, float[] scales, float offset) implements PackedMatrix {
    private static final float[] VALUES = Nf4.values();
    private static final float[] MAP = Nf4.absmaxMap();

    private float largest(long block) {
        return MAP[absmax.get(BYTE, block) & 0xFF] * scales[(int) (block / Nf4.SCALE_BLOCK)] + offset;
    }

    @Override
    public void unpackBf16(MemorySegment out, long from, long to) {
        int[] even = new int[16];
        int[] odd = new int[16];
        for (long block = from / Nf4.BLOCK; block < to / Nf4.BLOCK; block++) {
            float largest = largest(block);
            for (int i = 0; i < 16; i++) {
                even[i] = PackedMatrix.bf16(VALUES[i] * largest);
                odd[i] = even[i] << 16;
            }
            long code = block * (Nf4.BLOCK / 2);
            for (int i = 0; i < Nf4.BLOCK / 2; i++) {
                int both = codes.get(BYTE, code + i);
                out.set(INT, (code + i) * 4, even[both >> 4 & 0xF] | odd[both & 0xF]);
            }
        }
    }

    @Override
    public void unpackF32(MemorySegment out, long from, long to) {
        float[] values = new float[16];
        for (long block = from / Nf4.BLOCK; block < to / Nf4.BLOCK; block++) {
            float largest = largest(block);
            for (int i = 0; i < 16; i++) {
                values[i] = VALUES[i] * largest;
            }
            long code = block * (Nf4.BLOCK / 2);
            for (int i = 0; i < Nf4.BLOCK / 2; i++) {
                int both = codes.get(BYTE, code + i);
                out.set(FLOAT, (code + i) * 8, values[both >> 4 & 0xF]);
                out.set(FLOAT, (code + i) * 8 + 4, values[both & 0xF]);
            }
        }
    }
}
