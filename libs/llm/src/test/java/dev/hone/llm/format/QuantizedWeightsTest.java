package dev.hone.llm.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tensors laid out by hand after each tool's naming, so that Hone's own writer is not what is tested. */
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

    /** Inputs 0 … 7 are 1 … 8 less the zero point 8 in the first form, which stores 7; inputs 1 and 6 belong to the second group. */
    @Test
    void givenGptqInItsFirstForm_whenRead_thenWordsAreInputsAndZerosCountOneMore() {
        config("{\"quant_method\": \"gptq\", \"bits\": 4, \"group_size\": 4, \"sym\": true}");
        gptq(new int[] {0x77777777, 0x77777777});
        try (WeightSource weights = WeightSource.open(dir)) {
            assertEquals(Set.of("x.weight", "x.bias"), weights.names());
            assertEquals(List.of(8L, 8L), weights.info("x.weight").shape());
            float[] row = new float[8];
            weights.floats("x.weight", 8, row);
            assertArrayEquals(new float[] {-7, -60, -5, -4, -3, -2, -10, 0}, row);
        }
    }

    @Test
    void givenGptqInItsSecondForm_whenRead_thenZerosAreAsTheyAre() {
        config("{\"quant_method\": \"gptq\", \"bits\": 4, \"group_size\": 4, \"sym\": false, \"checkpoint_format\": \"gptq_v2\"}");
        gptq(new int[] {0x00000010, 0x000000F0});
        try (WeightSource weights = WeightSource.open(dir)) {
            float[] row = new float[8];
            weights.floats("x.weight", 8, row);
            assertArrayEquals(new float[] {0, -130, 2, 3, 4, 5, -80, 7}, row);
        }
    }

    private void gptq(int[] zeros) {
        try (SafetensorsWriter writer = writer(TensorInfo.of("x.qweight", DType.I32, 1, 8), TensorInfo.of("x.qzeros", DType.I32, 2, 1), TensorInfo.of("x.scales", DType.F16, 2, 8),
                TensorInfo.of("x.g_idx", DType.I32, 8), TensorInfo.of("x.bias", DType.F16, 8))) {
            writer.write("x.qweight", new int[] {0, 0x87654321, 0, 0, 0, 0, 0, 0}).write("x.qzeros", zeros).write("x.g_idx", new int[] {0, 1, 0, 0, 0, 0, 1, 0});
            writer.write("x.scales", new float[] {1, 1, 1, 1, 1, 1, 1, 1, 10, 10, 10, 10, 10, 10, 10, 10}).write("x.bias", new float[8]);
        }
    }

    /** Without double quantization a block's maximum is an f32; the first code is in the high half. */
    @Test
    void givenBitsandbytesWithPlainMaxima_whenRead_thenValuesAreTableTimesMaximum() {
        config("{\"quant_method\": \"bitsandbytes\", \"load_in_4bit\": true, \"bnb_4bit_quant_type\": \"fp4\"}");
        byte[] state = "{\"quant_type\": \"fp4\", \"blocksize\": 4, \"dtype\": \"float16\", \"shape\": [2, 4]}".getBytes(StandardCharsets.UTF_8);
        float[] table = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
        try (SafetensorsWriter writer = writer(TensorInfo.of("x.weight", DType.U8, 4, 1), TensorInfo.of("x.weight.absmax", DType.F32, 2), TensorInfo.of("x.weight.quant_map", DType.F32, 16),
                TensorInfo.of("x.weight.quant_state.bitsandbytes__fp4", DType.U8, state.length))) {
            writer.write("x.weight", new byte[] {0x12, 0x34, (byte) 0xF0, 0x05}).write("x.weight.absmax", new float[] {1, 0.5f}).write("x.weight.quant_map", table);
            writer.write("x.weight.quant_state.bitsandbytes__fp4", state);
        }
        try (WeightSource weights = WeightSource.open(dir)) {
            assertArrayEquals(new float[] {1, 2, 3, 4, 7.5f, 0, 0, 2.5f}, weights.floats("x.weight"));
            assertEquals(Set.of("x.weight"), weights.names());
        }
    }

    /** As act-order leaves them: the group of each input is said, and is no run of neighbours. */
    @Test
    void givenGroupsOutOfOrder_whenRead_thenEachInputHasItsGroupsScale() {
        config("compressed-tensors", "pack-quantized");
        byte[] shape = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(1).putLong(8).array();
        try (SafetensorsWriter writer = writer(TensorInfo.of("x.weight_packed", DType.I32, 1, 1), TensorInfo.of("x.weight_scale", DType.BF16, 1, 2),
                TensorInfo.of("x.weight_shape", DType.I64, 2), TensorInfo.of("x.weight_g_idx", DType.I32, 8))) {
            writer.write("x.weight_packed", new int[] {0x99999999}).write("x.weight_scale", new float[] {1, 2}).write("x.weight_shape", shape);
            writer.write("x.weight_g_idx", new int[] {1, 0, 1, 0, 1, 0, 1, 0});
        }
        try (WeightSource weights = WeightSource.open(dir)) {
            assertArrayEquals(new float[] {2, 1, 2, 1, 2, 1, 2, 1}, weights.floats("x.weight"));
        }
    }

    @Test
    void givenWordsOfThreeBits_whenOpened_thenTheErrorSaysWhatWasExpected() {
        config("compressed-tensors", "pack-quantized");
        byte[] shape = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(1).putLong(32).array();
        try (SafetensorsWriter writer = writer(TensorInfo.of("x.weight_packed", DType.I32, 1, 3), TensorInfo.of("x.weight_scale", DType.BF16, 1, 1), TensorInfo.of("x.weight_shape", DType.I64, 2))) {
            writer.write("x.weight_packed", new int[3]).write("x.weight_scale", new float[] {1}).write("x.weight_shape", shape);
        }
        String message = assertThrows(FormatException.class, () -> WeightSource.open(dir)).getMessage();
        assertTrue(message.contains("four or eight bits"), message);
    }

    @Test
    void givenAForeignQuantization_whenOpened_thenTheErrorNamesIt() {
        config("awq", "gemm");
        String message = assertThrows(FormatException.class, () -> WeightSource.open(dir)).getMessage();
        assertTrue(message.contains("quant_method 'awq'"), message);
    }

    private void config(String quantization) {
        try {
            Files.writeString(dir.resolve("config.json"), "{\"quantization_config\": " + quantization + "}");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
