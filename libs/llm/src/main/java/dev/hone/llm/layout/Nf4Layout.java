package dev.hone.llm.layout;

import dev.hone.llm.format.DType;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.nf4.Nf4;
import dev.hone.llm.nf4.Nf4Matrix;
import dev.hone.llm.rounding.QuantizationFailed;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * NF4 with double quantization as bitsandbytes serializes it: {@code weight} U8 [n/2, 1], {@code weight.absmax} U8 [n/64],
 * {@code weight.nested_absmax} F32, the two tables, and {@code weight.quant_state.bitsandbytes__nf4}, a JSON text as U8.
 */
record Nf4Layout(String name, int rows, int columns) {
    private static final String STATE = ".quant_state.bitsandbytes__nf4";

    /** Room for the text, whose last number is not known when the file is laid out; JSON allows spaces after it. */
    private static final int STATE_BYTES = 256;

    Nf4Layout {
        if ((long) rows * columns % Nf4.BLOCK != 0 || columns % 2 != 0) {
            throw new QuantizationFailed("layout", "NF4 stores blocks of " + Nf4.BLOCK + " weights, which " + name + " [" + rows + ", " + columns + "] does not divide into. Take another scheme.");
        }
    }

    List<TensorInfo> tensors() {
        long weights = (long) rows * columns;
        return List.of(
                TensorInfo.of(name, DType.U8, weights / 2, 1), TensorInfo.of(name + ".absmax", DType.U8, weights / Nf4.BLOCK), TensorInfo.of(name + ".quant_map", DType.F32, 16),
                TensorInfo.of(name + ".nested_absmax", DType.F32, Math.ceilDiv(weights / Nf4.BLOCK, Nf4.SCALE_BLOCK)), TensorInfo.of(name + ".nested_quant_map", DType.F32, 256),
                TensorInfo.of(name + STATE, DType.U8, STATE_BYTES));
    }

    void write(SafetensorsWriter writer, Nf4Matrix matrix) {
        writer.write(name, matrix.codes()).write(name + ".absmax", matrix.absmax()).write(name + ".quant_map", Nf4.values());
        writer.write(name + ".nested_absmax", matrix.scales()).write(name + ".nested_quant_map", Nf4.absmaxMap());
        writer.write(name + STATE, state(matrix));
    }

    /** The offset as a double that is exactly the float, as Python writes it. */
    private byte[] state(Nf4Matrix matrix) {
        String text = "{\"quant_type\": \"nf4\", \"blocksize\": " + Nf4.BLOCK + ", \"dtype\": \"bfloat16\", \"shape\": [" + rows + ", " + columns + "], \"nested_blocksize\": " + Nf4.SCALE_BLOCK
                + ", \"nested_dtype\": \"float32\", \"nested_offset\": " + (double) matrix.offset() + "}";
        byte[] bytes = Arrays.copyOf(text.getBytes(StandardCharsets.US_ASCII), STATE_BYTES);
        Arrays.fill(bytes, text.length(), STATE_BYTES, (byte) ' ');
        return bytes;
    }
}
