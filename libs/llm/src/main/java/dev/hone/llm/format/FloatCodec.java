package dev.hone.llm.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Little-endian bytes of a floating type to {@code float} and back. Narrowing rounds to nearest, ties to even. */
public final class FloatCodec {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Halves go through an array of this length, over which loops become vector instructions; over a segment they do not. */
    private static final int RUN = 4096;

    private FloatCodec() {}

    /** Every element of {@code bytes}, which hold values of {@code dtype} and nothing else. */
    public static float[] decode(MemorySegment bytes, DType dtype) {
        float[] values = new float[Math.toIntExact(bytes.byteSize() / dtype.bytes())];
        decode(bytes, dtype, 0, values);
        return values;
    }

    /** The elements from {@code first} on, as many as {@code into} takes. */
    public static void decode(MemorySegment bytes, DType dtype, long first, float[] into) {
        MemorySegment wanted = bytes.asSlice(first * dtype.bytes(), (long) into.length * dtype.bytes());
        switch (dtype) {
            case F32 -> MemorySegment.copy(wanted, F32, 0, into, 0, into.length);
            case F64 -> {
                for (int i = 0; i < into.length; i++) {
                    into[i] = (float) wanted.get(F64, 8L * i);
                }
            }
            case BF16, F16 -> decodeHalves(wanted, dtype, into);
            default -> throw new FormatException("Expected floating-point values, found " + dtype + ".");
        }
    }

    private static void decodeHalves(MemorySegment bytes, DType dtype, float[] into) {
        short[] run = new short[Math.min(RUN, into.length)];
        for (int from = 0; from < into.length; from += run.length) {
            int count = Math.min(run.length, into.length - from);
            MemorySegment.copy(bytes, HALF, 2L * from, run, 0, count);
            if (dtype == DType.BF16) {
                for (int i = 0; i < count; i++) {
                    into[from + i] = Float.intBitsToFloat(run[i] << 16);
                }
            } else {
                for (int i = 0; i < count; i++) {
                    into[from + i] = Float.float16ToFloat(run[i]);
                }
            }
        }
    }

    /** The one element at {@code index}. */
    static float decode(MemorySegment bytes, DType dtype, long index) {
        return switch (dtype) {
            case F32 -> bytes.get(F32, 4 * index);
            case F64 -> (float) bytes.get(F64, 8 * index);
            case BF16 -> fromBf16(bytes.get(HALF, 2 * index));
            case F16 -> Float.float16ToFloat(bytes.get(HALF, 2 * index));
            default -> throw new FormatException("Expected a floating-point value, found " + dtype + ".");
        };
    }

    /** The bytes of {@code values} as {@code dtype}. */
    public static byte[] encode(float[] values, DType dtype) {
        byte[] bytes = new byte[Math.multiplyExact(values.length, dtype.bytes())];
        encode(values, 0, values.length, dtype, bytes);
        return bytes;
    }

    /** Writes {@code count} values from {@code from} on to the beginning of {@code into}. */
    public static void encode(float[] values, int from, int count, DType dtype, byte[] into) {
        MemorySegment target = MemorySegment.ofArray(into);
        switch (dtype) {
            case F32 -> MemorySegment.copy(values, from, target, F32, 0, count);
            case F64 -> {
                for (int i = 0; i < count; i++) {
                    target.set(F64, 8L * i, values[from + i]);
                }
            }
            case BF16, F16 -> encodeHalves(values, from, count, dtype, target);
            default -> throw new FormatException("Expected a floating-point type to encode to, found " + dtype + ".");
        }
    }

    private static void encodeHalves(float[] values, int from, int count, DType dtype, MemorySegment target) {
        short[] run = new short[Math.min(RUN, count)];
        for (int done = 0; done < count; done += run.length) {
            int length = Math.min(run.length, count - done);
            if (dtype == DType.BF16) {
                for (int i = 0; i < length; i++) {
                    run[i] = toBf16(values[from + done + i]);
                }
            } else {
                for (int i = 0; i < length; i++) {
                    run[i] = Float.floatToFloat16(values[from + done + i]);
                }
            }
            MemorySegment.copy(run, 0, target, HALF, 2L * done, length);
        }
    }

    /** bfloat16 is the upper half of an IEEE 754 binary32. */
    public static float fromBf16(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** Rounds to nearest, ties to even, as PyTorch does; NaN stays NaN. */
    public static short toBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        int rounded = (bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16;
        return (short) (Float.isNaN(value) ? (bits >>> 16) | 0x40 : rounded);
    }

    /** The nearest value that bfloat16 holds. */
    public static float roundToBf16(float value) {
        return fromBf16(toBf16(value));
    }
}
