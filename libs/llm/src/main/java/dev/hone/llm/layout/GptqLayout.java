package dev.hone.llm.layout;

import dev.hone.llm.format.DType;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.rounding.QuantizationFailed;
import dev.hone.llm.rounding.QuantizedMatrix;
import java.util.Arrays;
import java.util.List;

/**
 * A module as GPTQ's tools store it, transposed: {@code qweight} I32 [columns·bits/32, rows], 32/bits inputs of an output a
 * word from the lowest bits up, each plus 2^(bits−1); {@code scales} F16 [groups, rows]; {@code qzeros} I32
 * [groups, rows·bits/32], the zero points plus 2^(bits−1), less 1 where there are none: that is how the first form of these
 * files, which everything reads, says the middle; {@code g_idx} I32 [columns], each input's group. Rows lie across the
 * whole file, so that pieces are collected in memory, a matrix at a time.
 */
final class GptqLayout implements TensorLayout {
    private final Shape shape;
    private final String module;
    private int[] weights;
    private int[] zeros;
    private float[] scales;
    private int missing;

    GptqLayout(Shape shape) {
        this.shape = shape;
        this.module = shape.name().substring(0, shape.name().length() - "weight".length());
        this.missing = shape.rows();
        if (shape.rows() % shape.perWord() != 0 || shape.columns() % shape.perWord() != 0) {
            throw new QuantizationFailed("layout", "GPTQ's files pack " + shape.perWord() + " inputs and outputs a word, which do not divide " + shape.name() + " [" + shape.rows() + ", "
                    + shape.columns() + "]. Take the layout compressed-tensors.");
        }
    }

    @Override
    public List<TensorInfo> tensors() {
        int perWord = shape.perWord();
        return List.of(
                TensorInfo.of(module + "qweight", DType.I32, shape.columns() / perWord, shape.rows()), TensorInfo.of(module + "qzeros", DType.I32, shape.groups(), shape.rows() / perWord),
                TensorInfo.of(module + "scales", DType.F16, shape.groups(), shape.rows()), TensorInfo.of(module + "g_idx", DType.I32, shape.columns()));
    }

    @Override
    public void write(SafetensorsWriter writer, int firstRow, QuantizedMatrix rows) {
        shape.requireWholeWords(firstRow, rows);
        collect();
        float[] some = shape.scales(rows);
        codes(rows, firstRow);
        for (int group = 0; group < shape.groups(); group++) {
            for (int row = 0; row < rows.rows(); row++) {
                scales[group * shape.rows() + firstRow + row] = some[row * shape.groups() + group];
                if (!shape.symmetric()) {
                    int zero = shape.zeroPoint(rows, row, group) + middle();
                    zeros[group * (shape.rows() / shape.perWord()) + (firstRow + row) / shape.perWord()] |= zero << shape.bits() * (row % shape.perWord());
                }
            }
        }
        complete(writer, rows.rows());
    }

    private int middle() {
        return 1 << shape.bits() - 1;
    }

    /** Word by word over the rows, which lie side by side in the file. */
    private void codes(QuantizedMatrix rows, int firstRow) {
        int perWord = shape.perWord();
        for (int word = 0; word < shape.columns() / perWord; word++) {
            for (int row = 0; row < rows.rows(); row++) {
                int from = row * shape.columns() + word * perWord;
                int packed = 0;
                for (int i = 0; i < perWord; i++) {
                    packed |= rows.codes()[from + i] + middle() << shape.bits() * i;
                }
                weights[word * shape.rows() + firstRow + row] = packed;
            }
        }
    }

    private synchronized void collect() {
        if (weights == null) {
            weights = new int[Math.multiplyExact(shape.columns() / shape.perWord(), shape.rows())];
            zeros = new int[shape.groups() * (shape.rows() / shape.perWord())];
            scales = new float[shape.groups() * shape.rows()];
        }
    }

    private synchronized void complete(SafetensorsWriter writer, int rows) {
        missing -= rows;
        if (missing == 0) {
            flush(writer);
        }
    }

    private void flush(SafetensorsWriter writer) {
        if (shape.symmetric()) {
            Arrays.fill(zeros, (middle() - 1) * (shape.bits() == 4 ? 0x11111111 : 0x01010101));
        }
        int[] groups = new int[shape.columns()];
        for (int column = 0; column < groups.length; column++) {
            groups[column] = column / (shape.columns() / shape.groups());
        }
        writer.write(module + "qweight", weights).write(module + "qzeros", zeros).write(module + "scales", scales).write(module + "g_idx", groups);
        weights = null;
        zeros = null;
        scales = null;
    }
}
