package dev.hone.llm.gguf;

import dev.hone.llm.format.FloatCodec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** F32, F16 and BF16: blocks of one value, and rows without a call for each. */
record FloatBlocks(GgufType type) implements Blocks {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public void encode(float[] x, int from, float[] h, int hFrom, MemorySegment out, long at) {
        switch (type) {
            case F32 -> out.set(F32, at, x[from]);
            case F16 -> out.set(HALF, at, Float.floatToFloat16(x[from]));
            default -> out.set(HALF, at, FloatCodec.toBf16(x[from]));
        }
    }

    @Override
    public void encodeRow(GgufType same, float[] x, int from, int columns, float[] h, MemorySegment out, long at) {
        switch (type) {
            case F32 -> MemorySegment.copy(x, from, out, F32, at, columns);
            case F16 -> {
                for (int i = 0; i < columns; i++) {
                    out.set(HALF, at + 2L * i, Float.floatToFloat16(x[from + i]));
                }
            }
            default -> {
                for (int i = 0; i < columns; i++) {
                    out.set(HALF, at + 2L * i, FloatCodec.toBf16(x[from + i]));
                }
            }
        }
    }

    @Override
    public void decode(MemorySegment in, long at, float[] x, int to) {
        x[to] = switch (type) {
            case F32 -> in.get(F32, at);
            case F16 -> Blocks.half(in, at);
            default -> FloatCodec.fromBf16(in.get(HALF, at));
        };
    }
}
