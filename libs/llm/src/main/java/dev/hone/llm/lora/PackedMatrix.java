package dev.hone.llm.lora;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;

/**
 * A frozen matrix in few bits, whose rows the CPU unpacks into a tensor's memory. ATen has no kernel for these codes: put
 * together from its operators, NF4 takes half as long as the product with 2,048 tokens that the weights are for, and this
 * loop an eighth of that.
 */
interface PackedMatrix {
    /** Elements that a worker takes at once. */
    int PIECE = 1 << 16;

    long elements();

    /** @param from the first element, a multiple of {@link #PIECE}; writes bf16 values, rounded to nearest, ties to even */
    void unpackBf16(MemorySegment out, long from, long to);

    /** The same in f32. */
    void unpackF32(MemorySegment out, long from, long to);

    /** Unpacks everything on all cores. */
    default void unpack(MemorySegment out, boolean bf16) {
        IntStream.range(0, Math.toIntExact(Math.ceilDiv(elements(), PIECE))).parallel().forEach(piece -> {
            long from = (long) piece * PIECE;
            long to = Math.min(elements(), from + PIECE);
            if (bf16) {
                unpackBf16(out, from, to);
            } else {
                unpackF32(out, from, to);
            }
        });
    }

    static int bf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return (bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16;
    }

    ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
}
