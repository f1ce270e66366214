package dev.hone.llm.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Little-endian bytes of a floating type to {@code float} and back. Narrowing rounds to nearest, ties to even. */
public final class FloatCodec {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private FloatCodec() {}

    /** Every element of {@code bytes}, which hold values of {@code dtype} and nothing else. */
    public static float[] decode(MemorySegment bytes, DType dtype) {
        float[] values = new float[Math.toIntExact(bytes.byteSize() / dtype.bytes())];
        switch (dtype) {
            case F32 -> MemorySegment.copy(bytes, F32, 0, values, 0, values.length);
            case F64 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) bytes.get(F64, 8L * i);
                }
            }
            case BF16 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = fromBf16(bytes.get(HALF, 2L * i));
                }
            }
            case F16 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = Float.float16ToFloat(bytes.get(HALF, 2L * i));
                }
            }
            default -> throw new FormatException("Expected floating-point values, found " + dtype + ".");
        }
        return values;
    }

    /** The bytes of {@code values} as {@code dtype}. */
    public static byte[] encode(float[] values, DType dtype) {
        byte[] bytes = new byte[Math.multiplyExact(values.length, dtype.bytes())];
        MemorySegment target = MemorySegment.ofArray(bytes);
        switch (dtype) {
            case F32 -> MemorySegment.copy(values, 0, target, F32, 0, values.length);
            case F64 -> {
                for (int i = 0; i < values.length; i++) {
                    target.set(F64, 8L * i, values[i]);
                }
            }
            case BF16 -> {
                for (int i = 0; i < values.length; i++) {
                    target.set(HALF, 2L * i, toBf16(values[i]));
                }
            }
            case F16 -> {
                for (int i = 0; i < values.length; i++) {
                    target.set(HALF, 2L * i, Float.floatToFloat16(values[i]));
                }
            }
            default -> throw new FormatException("Expected a floating-point type to encode to, found " + dtype + ".");
        }
        return bytes;
    }

    /** bfloat16 is the upper half of an IEEE 754 binary32. */
    public static float fromBf16(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** Rounds to nearest, ties to even, as PyTorch does; NaN stays NaN. */
    public static short toBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    /** The nearest value that bfloat16 holds. */
    public static float roundToBf16(float value) {
        return fromBf16(toBf16(value));
    }
}
