package dev.hone.llm.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A module {@code X} with {@code in} inputs and {@code out} outputs as GPTQ's tools store it, the transpose of a plain
 * weight: {@code X.qweight} I32 [in·bits/32, out], 32/bits inputs of an output a word from the lowest bits up, unsigned;
 * {@code X.scales} F16 [groups, out]; {@code X.qzeros} I32 [groups, out·bits/32], the zero points of as many outputs a word,
 * each less 1 where checkpoint_format is {@code gptq} and as it is in {@code gptq_v2}; {@code X.g_idx} I32 [in], each
 * input's group. value = scale · (code − zero point).
 *
 * @see <a href="https://github.com/ModelCloud/GPTQModel">GPTQModel</a>
 */
final class Gptq {
    static final String WEIGHT = ".qweight";
    static final String ZEROS = ".qzeros";
    static final String SCALES = ".scales";
    static final String GROUPS = ".g_idx";

    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Gptq() {}

    static IntegerMatrix matrix(SafetensorsFile file, String module, QuantizationConfig config) {
        int perWord = 32 / config.bits();
        int columns = Math.multiplyExact(file.info(module + WEIGHT).shape().get(0).intValue(), perWord);
        int rows = file.info(module + WEIGHT).shape().get(1).intValue();
        TensorInfo scales = file.info(module + SCALES);
        int groups = scales.shape().get(0).intValue();
        if (scales.shape().get(1) != rows || groups == 0 || columns % groups != 0 || !file.info(module + ZEROS).shape().equals(List.of((long) groups, (long) rows / perWord))) {
            throw new FormatException("Expected scales and zero points for " + rows + " outputs of " + module + " in equal groups of its " + columns + " inputs, found " + scales.shape()
                    + " and " + file.info(module + ZEROS).shape() + ".");
        }
        int[] groupOf = file.contains(module + GROUPS) ? file.segment(module + GROUPS).toArray(I32) : null;
        int less = config.variant().equals("gptq") ? 1 : 0;
        Words codes = new Words(file.segment(module + WEIGHT), file.segment(module + ZEROS), config.bits(), rows, columns, less);
        return new IntegerMatrix(rows, columns, codes, file.segment(module + SCALES), scales.dtype(), (row, group) -> (long) group * rows + row, columns / groups, groupOf);
    }

    private record Words(MemorySegment weights, MemorySegment zeros, int bits, int rows, int columns, int less) implements IntegerMatrix.Codes {
        @Override
        public void row(int row, byte[] into) {
            int perWord = 32 / bits;
            int offset = 1 << bits - 1;
            int mask = (1 << bits) - 1;
            for (int column = 0; column < columns; column += perWord) {
                int word = weights.get(I32, 4 * ((long) (column / perWord) * rows + row));
                for (int i = column; i < column + perWord; i++) {
                    into[i] = (byte) ((word & mask) - offset);
                    word >>>= bits;
                }
            }
        }

        @Override
        public int zeroPoint(int row, int group) {
            int perWord = 32 / bits;
            int word = zeros.get(I32, 4 * ((long) group * (rows / perWord) + row / perWord));
            return (word >>> bits * (row % perWord) & (1 << bits) - 1) + less - (1 << bits - 1);
        }
    }
}
