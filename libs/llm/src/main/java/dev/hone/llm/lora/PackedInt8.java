package dev.hone.llm.lora;

import java.lang.foreign.MemorySegment;

/**
 * Int8 with one scale per row: the weights of LLM.int8() (Dettmers et al. 2022, arXiv:2208.07339, section 2). Activations
 * are not rounded.
 *
 * @param columns in
 * @param codes [out, in]
 * @param scales [out], the row's absolute maximum / 127
 */
record PackedInt8(long elements, int columns, MemorySegment codes, float[] scales) implements PackedMatrix {
    @Override
    public void unpackBf16(MemorySegment out, long from, long to) {
        for (long i = from; i < to; i++) {
            out.set(SHORT, i * 2, (short) PackedMatrix.bf16(codes.get(BYTE, i) * scales[(int) (i / columns)]));
        }
    }

    @Override
    public void unpackF32(MemorySegment out, long from, long to) {
        for (long i = from; i < to; i++) {
            out.set(FLOAT, i * 4, codes.get(BYTE, i) * scales[(int) (i / columns)]);
        }
    }
}
