package dev.hone.llm.layout;

import dev.hone.llm.format.DType;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.rounding.QuantizedMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * compressed-tensors' {@code pack-quantized}: {@code weight_packed} I32 [rows, ⌈columns·bits/32⌉], 32/bits codes of a row a
 * word from the lowest bits up, each plus 2^(bits−1); {@code weight_scale} [rows, groups]; {@code weight_shape} I64 [2];
 * {@code weight_zero_point} I32 [⌈rows·bits/32⌉, groups], packed alike down the rows.
 */
record PackedLayout(TensorLayout.Shape shape) implements TensorLayout {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int RUN = 512;
    private static final long HIGH_OF_EIGHT = 0x8080808080808080L;
    private static final long HIGH_OF_FOUR = 0x0808080808080808L;

    @Override
    public List<TensorInfo> tensors() {
        List<TensorInfo> tensors = new ArrayList<>();
        tensors.add(TensorInfo.of(shape.name() + "_packed", DType.I32, shape.rows(), words(shape.columns())));
        tensors.add(TensorInfo.of(shape.name() + "_scale", shape.scaleType(), shape.rows(), shape.groups()));
        tensors.add(TensorInfo.of(shape.name() + "_shape", DType.I64, 2));
        if (!shape.symmetric()) {
            tensors.add(TensorInfo.of(shape.name() + "_zero_point", DType.I32, words(shape.rows()), shape.groups()));
        }
        return tensors;
    }

    private int words(int codes) {
        return Math.ceilDiv(codes, shape.perWord());
    }

    @Override
    public void write(SafetensorsWriter writer, int firstRow, QuantizedMatrix rows) {
        shape.requireWholeWords(firstRow, rows);
        writer.write(shape.name() + "_packed", 4L * firstRow * words(shape.columns()), ByteBuffer.wrap(packed(rows.codes(), rows.rows(), rows.columns(), shape.bits())));
        writer.write(shape.name() + "_scale", (long) firstRow * shape.groups(), shape.scales(rows));
        if (firstRow == 0) {
            writer.write(shape.name() + "_shape", ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(shape.rows()).putLong(shape.columns()).flip());
        }
        if (!shape.symmetric()) {
            writer.write(shape.name() + "_zero_point", (long) firstRow / shape.perWord() * shape.groups(), zeroPoints(rows));
        }
    }

    /** The words of each row, little-endian; what is left of a row's last word is 0. */
    static byte[] packed(byte[] codes, int rows, int columns, int bits) {
        int rowBytes = 4 * Math.ceilDiv(columns * bits, 32);
        byte[] words = new byte[rows * rowBytes];
        if (columns % Long.BYTES == 0) {
            packEights(codes, bits, words);
            return words;
        }
        for (int i = 0; i < codes.length; i++) {
            int column = i % columns;
            int code = codes[i] + (1 << bits - 1);
            words[i / columns * rowBytes + column * bits / 8] |= (byte) (code << column * bits % 8);
        }
        return words;
    }

    /** Eight codes at a time, in loops over arrays of numbers, which compile to vector instructions. */
    private static void packEights(byte[] codes, int bits, byte[] words) {
        MemorySegment from = MemorySegment.ofArray(codes);
        MemorySegment to = MemorySegment.ofArray(words);
        long[] eights = new long[Math.min(RUN, codes.length / Long.BYTES)];
        int[] packed = new int[bits == 4 ? eights.length : 0];
        for (int first = 0; first < codes.length / Long.BYTES; first += eights.length) {
            int count = Math.min(eights.length, codes.length / Long.BYTES - first);
            MemorySegment.copy(from, LONG, (long) first * Long.BYTES, eights, 0, count);
            if (bits == 4) {
                nibbles(eights, packed);
                MemorySegment.copy(packed, 0, to, INT, (long) first * Integer.BYTES, count);
            } else {
                raise(eights);
                MemorySegment.copy(eights, 0, to, LONG, (long) first * Long.BYTES, count);
            }
        }
    }

    /** The lower halves of eight bytes side by side, each plus 8. */
    private static void nibbles(long[] eights, int[] packed) {
        for (int i = 0; i < packed.length; i++) {
            long halves = (eights[i] ^ HIGH_OF_FOUR) & 0x0F0F0F0F0F0F0F0FL;
            halves = (halves | halves >>> 4) & 0x00FF00FF00FF00FFL;
            halves = (halves | halves >>> 8) & 0x0000FFFF0000FFFFL;
            packed[i] = (int) (halves | halves >>> 16);
        }
    }

    /** Each of eight bytes plus 128. */
    private static void raise(long[] eights) {
        for (int i = 0; i < eights.length; i++) {
            eights[i] ^= HIGH_OF_EIGHT;
        }
    }

    private int[] zeroPoints(QuantizedMatrix matrix) {
        int[] words = new int[words(matrix.rows()) * shape.groups()];
        for (int row = 0; row < matrix.rows(); row++) {
            for (int group = 0; group < shape.groups(); group++) {
                int zero = shape.zeroPoint(matrix, row, group) + (1 << shape.bits() - 1);
                words[row / shape.perWord() * shape.groups() + group] |= zero << shape.bits() * (row % shape.perWord());
            }
        }
        return words;
    }
}
