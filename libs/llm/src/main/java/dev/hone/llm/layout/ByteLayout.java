package dev.hone.llm.layout;

import dev.hone.llm.format.DType;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.rounding.QuantizedMatrix;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * compressed-tensors' {@code int-quantized}: {@code weight} I8 [rows, columns] and {@code weight_scale} [rows, groups], or [1]
 * where the matrix shares one; {@code weight_zero_point} I8 likewise.
 *
 * @param whole whether all weights share a scale
 */
record ByteLayout(TensorLayout.Shape shape, boolean whole) implements TensorLayout {
    @Override
    public List<TensorInfo> tensors() {
        List<TensorInfo> tensors = new ArrayList<>();
        tensors.add(TensorInfo.of(shape.name(), DType.I8, shape.rows(), shape.columns()));
        tensors.add(perGroup("_scale", shape.scaleType()));
        if (!shape.symmetric()) {
            tensors.add(perGroup("_zero_point", DType.I8));
        }
        return tensors;
    }

    private TensorInfo perGroup(String suffix, DType dtype) {
        return whole ? TensorInfo.of(shape.name() + suffix, dtype, 1) : TensorInfo.of(shape.name() + suffix, dtype, shape.rows(), shape.groups());
    }

    @Override
    public void write(SafetensorsWriter writer, int firstRow, QuantizedMatrix rows) {
        writer.write(shape.name(), (long) firstRow * shape.columns(), ByteBuffer.wrap(rows.codes()));
        if (whole && firstRow > 0) {
            return;
        }
        long first = (long) firstRow * shape.groups();
        writer.write(shape.name() + "_scale", first, whole ? rows.scales() : shape.scales(rows));
        if (!shape.symmetric()) {
            writer.write(shape.name() + "_zero_point", first, ByteBuffer.wrap(rows.zeroPoints()));
        }
    }
}
