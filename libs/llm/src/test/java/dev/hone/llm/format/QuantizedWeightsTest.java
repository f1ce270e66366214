package dev.hone.llm.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tensors laid out by hand after compressed-tensors' naming, so that Hone's own writer is not what is tested. */
class QuantizedWeightsTest {
    @TempDir
    Path dir;

    @Test
    void givenPackedInt4InTwoGroups_whenRead_thenValuesAreScaleTimesCodeLessEight() {
        config("compressed-tensors", "pack-quantized");
        byte[] shape = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(1).putLong(16).array();
        try (SafetensorsWriter writer = writer(TensorInfo.of("x.weight_packed", DType.I32, 1, 2), TensorInfo.of("x.weight_scale", DType.BF16, 1, 2),
                TensorInfo.of("x.weight_shape", DType.I64, 2), TensorInfo.of("norm.weight", DType.BF16, 1))) {
            // nibbles from the lowest: 0 1 2 3 4 5 6 7 and 8 9 a b c d e f
            writer.write("x.weight_packed", new int[] {0x76543210, 0xFEDCBA98}).write("x.weight_scale", new float[] {0.5f, 2f});
            writer.write("x.weight_shape", shape).write("norm.weight", new float[] {3});
        }
        try (WeightSource weights = WeightSource.open(dir)) {
            assertEquals(Set.of("x.weight", "norm.weight"), weights.names());
            assertEquals(List.of(1L, 16L), weights.info("x.weight").shape());
            assertArrayEquals(new float[] {-4, -3.5f, -3, -2.5f, -2, -1.5f, -1, -0.5f, 0, 2, 4, 6, 8, 10, 12, 14}, weights.floats("x.weight"));
            assertArrayEquals(new float[] {3}, weights.floats("norm.weight"));
        }
    }

    @Test
    void givenInt8WithZeroPoints_whenRead_thenValuesAreScaleTimesCodeLessZeroPoint() {
        config("compressed-tensors", "int-quantized");
        try (SafetensorsWriter writer = writer(TensorInfo.of("x.weight", DType.I8, 2, 2), TensorInfo.of("x.weight_scale", DType.F32, 2, 1),
                TensorInfo.of("x.weight_zero_point", DType.I8, 2, 1))) {
            writer.write("x.weight", new byte[] {-128, 127, 0, 1}).write("x.weight_scale", new float[] {1, 0.25f}).write("x.weight_zero_point", new byte[] {-123, 4});
        }
        try (WeightSource weights = WeightSource.open(dir)) {
            assertArrayEquals(new float[] {-5, 250, -1, -0.75f}, weights.floats("x.weight"));
        }
    }

    @Test
    void givenAForeignQuantization_whenOpened_thenTheErrorNamesIt() {
        config("awq", "gemm");
        String message = assertThrows(FormatException.class, () -> WeightSource.open(dir)).getMessage();
        assertTrue(message.contains("quant_method 'awq'"), message);
    }

    private void config(String method, String format) {
        ObjectNode config = Json.object();
        ObjectNode quantization = config.putObject("quantization_config").put("quant_method", method).put("format", format);
        quantization.putObject("config_groups").putObject("group_0").putObject("weights").put("num_bits", format.equals("pack-quantized") ? 4 : 8);
        Json.write(dir.resolve("config.json"), config);
    }

    private SafetensorsWriter writer(TensorInfo... infos) {
        return SafetensorsWriter.create(dir.resolve("model.safetensors"), List.of(infos));
    }
}
