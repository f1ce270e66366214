package dev.hone.llm.quant;

import dev.hone.llm.format.DType;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
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
    public synchronized void write(SafetensorsWriter writer, int firstRow, QuantizedMatrix rows) {
        shape.requireWholeWords(firstRow, rows);
        if (weights == null) {
            weights = new int[Math.multiplyExact(shape.columns() / shape.perWord(), shape.rows())];
            zeros = new int[shape.groups() * (shape.rows() / shape.perWord())];
            scales = new float[shape.groups() * shape.rows()];
        }
        float[] some = shape.scales(rows);
        for (int row = 0; row < rows.rows(); row++) {
            put(rows, row, firstRow + row, some);
        }
        missing -= rows.rows();
        if (missing == 0) {
            flush(writer);
        }
    }

    private void put(QuantizedMatrix matrix, int row, int output, float[] some) {
        int bits = shape.bits();
        int perWord = shape.perWord();
        int middle = 1 << bits - 1;
        for (int column = 0; column < shape.columns(); column++) {
            int code = matrix.codes()[row * shape.columns() + column] + middle;
            weights[column / perWord * shape.rows() + output] |= code << bits * (column % perWord);
        }
        for (int group = 0; group < shape.groups(); group++) {
            scales[group * shape.rows() + output] = some[row * shape.groups() + group];
            int zero = shape.symmetric() ? middle - 1 : shape.zeroPoint(matrix, row, group) + middle;
            zeros[group * (shape.rows() / perWord) + output / perWord] |= zero << bits * (output % perWord);
        }
    }

    private void flush(SafetensorsWriter writer) {
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
