package dev.hone.llm.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A module {@code X} of shape [out, in] as compressed-tensors stores it:
 *
 * <ul>
 *   <li>{@code pack-quantized}: {@code X.weight_packed} I32 [out, ⌈in·bits/32⌉], in each row 32/bits codes a word from the
 *       lowest bits up, each plus 2^(bits−1); {@code X.weight_shape} I64 [2];
 *   <li>{@code int-quantized}: {@code X.weight} I8 [out, in].
 * </ul>
 *
 * <p>{@code X.weight_scale} is [out, in/group], [out, 1] or [1]; {@code X.weight_zero_point} has as many, as I8, or as I32
 * packed like the codes down the columns, [⌈out·bits/32⌉, in/group]. {@code X.weight_g_idx} I32 [in], if it is there, says
 * each input's group.
 *
 * @see <a href="https://github.com/vllm-project/compressed-tensors">compressed-tensors</a>
 */
final class CompressedTensors {
    static final String PACKED = "_packed";
    static final String SCALE = "_scale";
    static final String ZERO_POINT = "_zero_point";
    static final String SHAPE = "_shape";
    static final String GROUPS = "_g_idx";

    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private CompressedTensors() {}

    /** Whether a plain name, such as {@code X.weight}, is stored as codes. */
    static boolean holds(SafetensorsFile file, String name) {
        return file.contains(name + PACKED) || file.contains(name) && file.info(name).dtype() == DType.I8 && file.contains(name + SCALE);
    }

    static IntegerMatrix matrix(SafetensorsFile file, String name, int bits) {
        boolean packed = file.contains(name + PACKED);
        int rows;
        int columns;
        if (packed) {
            MemorySegment shape = file.segment(name + SHAPE);
            rows = Math.toIntExact(shape.get(I64, 0));
            columns = Math.toIntExact(shape.get(I64, 8));
        } else {
            rows = file.info(name).shape().get(0).intValue();
            columns = file.info(name).shape().get(1).intValue();
        }
        long scales = file.info(name + SCALE).elements();
        int groups = scales == 1 ? 1 : Math.toIntExact(scales / rows);
        if (scales != 1 && (scales % rows != 0 || groups == 0 || columns % groups != 0)) {
            throw new FormatException("Expected scales for every row of " + name + " [" + rows + ", " + columns + "] in equal groups, found " + scales + ".");
        }
        IntegerMatrix.Codes codes = packed
                ? new Packed(file.segment(name + PACKED), bitsOf(file.info(name + PACKED), rows, columns, bits), columns, zeroPoints(file, name, bits, groups, scales))
                : new Bytes(file.segment(name), columns, zeroPoints(file, name, bits, groups, scales));
        return new IntegerMatrix(rows, columns, codes, file.segment(name + SCALE), file.info(name + SCALE).dtype(),
                scales == 1 ? (row, group) -> 0 : (row, group) -> (long) row * groups + group, columns / groups,
                file.contains(name + GROUPS) ? file.segment(name + GROUPS).toArray(I32) : null);
    }

    private static int bitsOf(TensorInfo packed, int rows, int columns, int expected) {
        for (int bits : List.of(expected, 8, 4)) {
            if ((bits == 4 || bits == 8) && packed.shape().equals(List.of((long) rows, Math.ceilDiv((long) columns * bits, 32)))) {
                return bits;
            }
        }
        throw new FormatException("Expected words of four or eight bits a code for [" + rows + ", " + columns + "] in " + packed.name() + ", found the shape " + packed.shape()
                + ". Hone reads no other number of bits.");
    }

    private static ZeroPoints zeroPoints(SafetensorsFile file, String name, int bits, int groups, long scales) {
        if (!file.contains(name + ZERO_POINT)) {
            return (row, group) -> 0;
        }
        MemorySegment stored = file.segment(name + ZERO_POINT);
        if (file.info(name + ZERO_POINT).dtype() == DType.I8) {
            return (row, group) -> stored.get(ValueLayout.JAVA_BYTE, scales == 1 ? 0 : (long) row * groups + group);
        }
        int perWord = 32 / bits;
        return (row, group) -> {
            int word = stored.get(I32, 4 * ((long) (row / perWord) * groups + group));
            return (word >>> bits * (row % perWord) & (1 << bits) - 1) - (1 << bits - 1);
        };
    }

    /** Signed zero points. */
    private interface ZeroPoints {
        int of(int row, int group);
    }

    private record Bytes(MemorySegment bytes, int columns, ZeroPoints zeroPoints) implements IntegerMatrix.Codes {
        @Override
        public int bits() {
            return 8;
        }

        @Override
        public void row(int row, byte[] into) {
            MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, (long) row * columns, into, 0, columns);
        }

        @Override
        public int zeroPoint(int row, int group) {
            return zeroPoints.of(row, group);
        }
    }

    private record Packed(MemorySegment words, int bits, int columns, ZeroPoints zeroPoints) implements IntegerMatrix.Codes {
        @Override
        public void row(int row, byte[] into) {
            if (bits == 8) {
                bytes(row, into);
                return;
            }
            int perWord = 32 / bits;
            int offset = 1 << bits - 1;
            int mask = (1 << bits) - 1;
            long first = 4L * row * Math.ceilDiv(columns, perWord);
            for (int column = 0; column < columns; column += perWord) {
                int word = words.get(I32, first + column / perWord * 4L);
                for (int i = column; i < Math.min(columns, column + perWord); i++) {
                    into[i] = (byte) ((word & mask) - offset);
                    word >>>= bits;
                }
            }
        }

        /** Four bytes a word lie as they would without words; less 128 is the other highest bit. */
        private void bytes(int row, byte[] into) {
            MemorySegment.copy(words, ValueLayout.JAVA_BYTE, (long) row * Math.ceilDiv(columns, 4) * 4, into, 0, columns);
            for (int i = 0; i < columns; i++) {
                into[i] ^= (byte) 0x80;
            }
        }

        @Override
        public int zeroPoint(int row, int group) {
            return zeroPoints.of(row, group);
        }
    }
}
