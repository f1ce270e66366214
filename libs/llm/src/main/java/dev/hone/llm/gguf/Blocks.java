package dev.hone.llm.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Rounds and reads blocks of one {@link GgufType}. An instance keeps scratch memory and belongs to one thread. */
interface Blocks {
    ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    ValueLayout.OfInt WORD = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /**
     * Rounds one block so that Σ h·(x − x')² is small.
     *
     * @param x values, the block's from {@code from}
     * @param h weight of each value's error, from {@code hFrom}
     * @param out gets the block's bytes from {@code at}
     */
    void encode(float[] x, int from, float[] h, int hFrom, MemorySegment out, long at);

    /** Reads one block from {@code at}; its values go to {@code x} from {@code to}. */
    void decode(MemorySegment in, long at, float[] x, int to);

    /** Rounds a whole row. */
    default void encodeRow(GgufType type, float[] x, int from, int columns, float[] h, MemorySegment out, long at) {
        for (int column = 0; column < columns; column += type.blockLength()) {
            encode(x, from + column, h, column, out, at + type.bytes(column));
        }
    }

    /** Reads a whole row. */
    default void decodeRow(GgufType type, MemorySegment in, long at, float[] x, int to, int columns) {
        for (int column = 0; column < columns; column += type.blockLength()) {
            decode(in, at + type.bytes(column), x, to + column);
        }
    }

    static float half(MemorySegment in, long at) {
        return Float.float16ToFloat(in.get(HALF, at));
    }

    static void half(MemorySegment out, long at, float value) {
        out.set(HALF, at, Float.floatToFloat16(value));
    }

    /** The nearest value that f16 holds, and the largest one for what is too large. */
    static float toHalf(float value) {
        return Float.float16ToFloat(Float.floatToFloat16(Math.clamp(value, -65504f, 65504f)));
    }

    static int unsigned(MemorySegment in, long at) {
        return in.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
    }

    static void set(MemorySegment out, long at, int value) {
        out.set(ValueLayout.JAVA_BYTE, at, (byte) value);
    }
}
