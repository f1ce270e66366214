package dev.hone.llm.layout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.format.DType;
import dev.hone.llm.format.FloatCodec;
import dev.hone.llm.format.Json;
import dev.hone.llm.format.QuantizationConfig;
import dev.hone.llm.format.SafetensorsFile;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.nf4.Nf4;
import dev.hone.llm.rounding.IntegerRounding;
import dev.hone.llm.rounding.QuantizationFailed;
import dev.hone.llm.rounding.QuantizedMatrix;
import dev.hone.llm.rounding.ScaleType;
import dev.hone.llm.rounding.Scheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each layout's writer writes, its reader reads: the values of QuantizedMatrix.dequantize to the bit. */
class LayoutsTest {
    private static final String LINEAR = "model.layers.0.self_attn.q_proj.weight";
    private static final String BIAS = "model.layers.0.self_attn.q_proj.bias";
    private static final String EMBEDDING = "model.embed_tokens.weight";
    private static final String HEAD = "lm_head.weight";
    private static final String NORM = "model.norm.weight";
    private static final int ROWS = 40;
    private static final int COLUMNS = 64;
    private final float[] linear = normal(ROWS * COLUMNS, 1);
    private final float[] embedding = normal(24 * COLUMNS, 2);

    @TempDir
    Path dir;

    @BeforeEach
    void writeModel() throws Exception {
        Path model = Files.createDirectories(dir.resolve("model"));
        Json.write(model.resolve("config.json"), Json.object().put("model_type", "llama").put("torch_dtype", "float32"));
        List<TensorInfo> infos = List.of(TensorInfo.of(LINEAR, DType.F32, ROWS, COLUMNS), TensorInfo.of(BIAS, DType.F32, ROWS), TensorInfo.of(EMBEDDING, DType.BF16, 24, COLUMNS),
                TensorInfo.of(HEAD, DType.BF16, 24, COLUMNS), TensorInfo.of(NORM, DType.F32, COLUMNS));
        try (SafetensorsWriter writer = SafetensorsWriter.create(model.resolve("model.safetensors"), infos)) {
            writer.write(LINEAR, linear).write(BIAS, normal(ROWS, 3)).write(EMBEDDING, embedding).write(HEAD, embedding).write(NORM, normal(COLUMNS, 4));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "int8, COMPRESSED_TENSORS, pack-quantized, -1, 0", "int8_asymmetric, COMPRESSED_TENSORS, pack-quantized, -1, 0", "int8-tensor, COMPRESSED_TENSORS, pack-quantized, -1, 0",
        "int8_asymmetric-tensor, COMPRESSED_TENSORS, pack-quantized, -1, 0", "int8-g32, COMPRESSED_TENSORS, pack-quantized, 32, 0", "int4-g16, COMPRESSED_TENSORS, pack-quantized, 16, 0",
        "int4-channel, COMPRESSED_TENSORS, pack-quantized, -1, 0", "int4_asymmetric-g32, COMPRESSED_TENSORS, pack-quantized, 32, 0", "w8a8, COMPRESSED_TENSORS, int-quantized, -1, 8",
        "w8a8-tensor, COMPRESSED_TENSORS, int-quantized, 0, 8", "w8a8_asymmetric-tensor, COMPRESSED_TENSORS, int-quantized, 0, 8", "w8a8_asymmetric, COMPRESSED_TENSORS, int-quantized, -1, 8",
        "w4a8-g32, COMPRESSED_TENSORS, pack-quantized, 32, 8", "int4-g32, GPTQ, gptq, 32, 0", "int4-channel, GPTQ, gptq, -1, 0", "int8-g32, GPTQ, gptq, 32, 0", "int8, GPTQ, gptq, -1, 0",
        "int4_asymmetric-g16, GPTQ, gptq_v2, 16, 0", "int8_asymmetric, GPTQ, gptq_v2, -1, 0"})
    void givenAScheme_whenWrittenAndRead_thenTheValuesAreTheMatrixOnes(String label, Layout layout, String variant, int group, int activationBits) {
        Scheme scheme = Scheme.of(label, 32);
        QuantizedMatrix matrix = IntegerRounding.round(scheme, ModelWriter.scales(scheme, layout), linear, ROWS, COLUMNS, null);

        Path out = write(scheme, layout, writer -> writer.write(LINEAR, matrix));

        try (WeightSource read = WeightSource.open(out)) {
            assertTrue(read.isQuantized(LINEAR));
            assertEquals(Set.of(LINEAR, BIAS, EMBEDDING, HEAD, NORM), Set.copyOf(read.names()));
            assertEquals(TensorInfo.of(LINEAR, DType.BF16, ROWS, COLUMNS), read.info(LINEAR));
            assertArrayEquals(matrix.dequantize(), read.floats(LINEAR));
            assertArrayEquals(embedding, read.floats(EMBEDDING));
            float[] middle = new float[70];
            read.floats(LINEAR, 100, middle);
            assertArrayEquals(Arrays.copyOfRange(matrix.dequantize(), 100, 170), middle);
        }
        QuantizationConfig config = QuantizationConfig.of(out);
        assertEquals(List.of(scheme.bits(), group, scheme.symmetric(), activationBits, variant),
                List.of(config.bits(), config.group(), config.symmetric(), config.activationBits("model.layers.0.self_attn.q_proj"), config.variant()));
        assertEquals(0, config.activationBits("lm_head"));
    }

    @ParameterizedTest
    @CsvSource({"int8_asymmetric, COMPRESSED_TENSORS", "int4_asymmetric-g16, COMPRESSED_TENSORS", "w8a8-tensor, COMPRESSED_TENSORS", "w8a8_asymmetric, COMPRESSED_TENSORS", "int4_asymmetric-g16, GPTQ"})
    void givenRowsInPieces_whenWritten_thenTheFileIsTheSame(String label, Layout layout) throws Exception {
        Scheme scheme = Scheme.of(label, 32);
        QuantizedMatrix matrix = IntegerRounding.round(scheme, ModelWriter.scales(scheme, layout), linear, ROWS, COLUMNS, null);

        byte[] whole = Files.readAllBytes(write(scheme, layout, writer -> writer.write(LINEAR, matrix)).resolve("model.safetensors"));
        byte[] pieces = Files.readAllBytes(write(scheme, layout, writer -> {
            writer.write(LINEAR, 16, rows(matrix, 16, ROWS));
            writer.write(LINEAR, 0, rows(matrix, 0, 16));
        }).resolve("model.safetensors"));

        assertArrayEquals(whole, pieces);
    }

    @Test
    void givenAPieceThatCutsAWordOfZeroPoints_whenWritten_thenItIsRefused() {
        Scheme scheme = Scheme.of("int4_asymmetric-g16", 32);
        QuantizedMatrix matrix = IntegerRounding.round(scheme, ScaleType.BF16, linear, ROWS, COLUMNS, null);
        assertThrows(IllegalArgumentException.class, () -> write(scheme, Layout.COMPRESSED_TENSORS, writer -> writer.write(LINEAR, 4, rows(matrix, 4, 12))));
    }

    @Test
    void givenAnInt8EmbeddingAndARoundedHead_whenWrittenAndRead_thenBothComeBackAndTheHeadIsNotIgnored() {
        Scheme scheme = Scheme.of("w8a8", 32);
        QuantizedMatrix matrix = IntegerRounding.round(scheme, linear, ROWS, COLUMNS, null);
        QuantizedMatrix head = IntegerRounding.round(scheme, embedding, 24, COLUMNS, null);
        QuantizedMatrix bytes = IntegerRounding.round(Scheme.of("int8", 32), ScaleType.BF16, embedding, 24, COLUMNS, null);
        Path out = dir.resolve("out");
        try (WeightSource model = WeightSource.open(dir.resolve("model"));
                ModelWriter writer = ModelWriter.open(out, scheme, Layout.COMPRESSED_TENSORS, name -> name.equals(LINEAR) || name.equals(HEAD), EMBEDDING::equals, model)) {
            writer.write(LINEAR, matrix);
            writer.write(HEAD, head);
            writer.write(EMBEDDING, bytes);
            writer.copy(BIAS, model);
            writer.copy(NORM, model);
            writer.finish(dir.resolve("model"));
        }
        try (WeightSource read = WeightSource.open(out)) {
            assertArrayEquals(bytes.dequantize(), read.floats(EMBEDDING));
            assertArrayEquals(head.dequantize(), read.floats(HEAD));
            assertArrayEquals(matrix.dequantize(), read.floats(LINEAR));
        }
        QuantizationConfig config = QuantizationConfig.of(out);
        assertEquals("mixed-precision", config.variant());
        assertEquals(8, config.activationBits("lm_head"));
        assertEquals("[\"re:.*embed_tokens$\"]", Json.read(out.resolve("config.json")).at("/quantization_config/config_groups/group_1/targets").toString());
    }

    @Test
    void givenNf4_whenWrittenAndRead_thenTheValuesAreNf4sRoundTrip() {
        Path out = write(Scheme.of("nf4", 64), Layout.COMPRESSED_TENSORS, writer -> writer.write(LINEAR, linear));
        try (WeightSource read = WeightSource.open(out)) {
            assertArrayEquals(Nf4.roundTrip(linear, ROWS, COLUMNS), read.floats(LINEAR));
            assertEquals(TensorInfo.of(LINEAR, DType.BF16, ROWS, COLUMNS), read.info(LINEAR));
            assertEquals(Set.of(LINEAR, BIAS, EMBEDDING, HEAD, NORM), Set.copyOf(read.names()));
        }
        assertEquals(QuantizationConfig.Method.BITSANDBYTES, QuantizationConfig.of(out).method());
    }

    @ParameterizedTest
    @CsvSource({"bf16, bfloat16, BF16", "f16, float16, F16"})
    void givenAPlainScheme_whenCopied_thenTheDirectoryIsAPlainOne(String label, String type, DType dtype) {
        Path out = write(Scheme.of(label, 32), Layout.GPTQ, writer -> {
            try (WeightSource model = WeightSource.open(dir.resolve("model"))) {
                writer.copy(LINEAR, model);
            }
        });
        try (SafetensorsFile read = SafetensorsFile.open(out)) {
            assertEquals(TensorInfo.of(LINEAR, dtype, ROWS, COLUMNS), read.info(LINEAR));
            assertArrayEquals(FloatCodec.encode(linear, dtype), read.segment(LINEAR).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
            assertArrayEquals(FloatCodec.encode(embedding, dtype), read.segment(EMBEDDING).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
        }
        assertEquals(type, Json.read(out.resolve("config.json")).path("torch_dtype").asText());
        assertFalse(Json.read(out.resolve("config.json")).has("quantization_config"));
    }

    @Test
    void givenAValueBeyondF16_whenWritten_thenTheErrorNamesTheTensorAndLeavesNothing() {
        linear[77] = -70000;
        String message = assertThrows(QuantizationFailed.class, () -> write(Scheme.of("f16", 32), Layout.GPTQ, writer -> writer.write(LINEAR, linear))).getMessage();
        assertTrue(message.contains(LINEAR) && message.contains("-70000"), message);
        assertFalse(Files.exists(dir.resolve("out").resolve("model.safetensors")));
    }

    @ParameterizedTest
    @CsvSource({"w8a8, int4 and int8 weights", "w4a8, int4 and int8 weights", "int8-tensor, int4 and int8 weights", "int4-g128, does not divide the 64 inputs"})
    void givenASchemeThatTheFilesCannotHold_whenOpened_thenTheErrorSaysWhatTo(String label, String part) {
        String message = assertThrows(QuantizationFailed.class, () -> write(Scheme.of(label, 32), Layout.GPTQ, writer -> {})).getMessage();
        assertTrue(message.contains(part), message);
    }

    private interface Writing {
        void to(ModelWriter writer);
    }

    /** Writes the linear module as told and copies the rest. */
    private Path write(Scheme scheme, Layout layout, Writing linear) {
        Path out = dir.resolve("out");
        try (WeightSource model = WeightSource.open(dir.resolve("model")); ModelWriter writer = ModelWriter.open(out, scheme, layout, LINEAR::equals, name -> false, model)) {
            linear.to(writer);
            for (String name : List.of(BIAS, EMBEDDING, HEAD, NORM)) {
                writer.copy(name, model);
            }
            writer.finish(dir.resolve("model"));
            return out;
        }
    }

    private static QuantizedMatrix rows(QuantizedMatrix m, int from, int to) {
        int groups = m.columns() / m.group();
        boolean whole = m.scales().length == 1;
        float[] scales = whole ? m.scales() : Arrays.copyOfRange(m.scales(), from * groups, to * groups);
        byte[] zeros = m.zeroPoints().length <= 1 ? m.zeroPoints() : Arrays.copyOfRange(m.zeroPoints(), from * groups, to * groups);
        return new QuantizedMatrix(to - from, m.columns(), Arrays.copyOfRange(m.codes(), from * m.columns(), to * m.columns()), scales, zeros, m.group(), m.bits(), m.scaleBits());
    }

    /** Values that bf16 holds, so that an embedding comes back as it was. */
    private static float[] normal(int count, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = FloatCodec.roundToBf16((float) random.nextGaussian());
        }
        return values;
    }
}
