package dev.hone.llm.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.llm.data.Row;
import dev.hone.llm.data.Rows;
import dev.hone.llm.format.AdapterConfig;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.Json;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.QuantizedWeights;
import dev.hone.llm.format.SafetensorsFile;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.model.LanguageModel;
import dev.hone.llm.model.Precision;
import dev.hone.llm.model.TinyLlama;
import dev.hone.llm.text.ChatMessage;
import dev.hone.llm.text.ChatTokenizer;
import dev.hone.llm.text.TinyTokenizer;
import dev.hone.llm.text.TokenizerFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuantizationTest {
    private static final ModelConfig CONFIG = ModelConfig.llama(512, 32, 64, 2, 4, 2, 16, 1e-5, 10000, 64, true, 0.02);
    private static final List<String> ALL = List.of("int8", "int8_asymmetric", "int4");
    private static final String Q = "model.layers.0.self_attn.q_proj.weight";

    @TempDir
    Path dir;

    private Path base;
    private Path adapter;
    private Path rows;

    @BeforeEach
    void makeModels() throws Exception {
        base = TinyLlama.write(Files.createDirectory(dir.resolve("base")), CONFIG, 3);
        TokenizerFiles.copy(TinyTokenizer.directory(), base);
        adapter = Files.createDirectory(dir.resolve("adapter"));
        float[] values = new float[32];
        java.util.Arrays.fill(values, 0.1f);
        new AdapterFiles(AdapterConfig.plain(1, 1, List.of("k_proj"), "tiny"),
                Map.of("model.layers.0.self_attn.k_proj", new AdapterFiles.Pair(32, 32, 1, values, values))).write(adapter);
        rows = dir.resolve("train.jsonl");
        Rows.write(rows, List.of(
                new Row.Chat(List.of(new ChatMessage("user", "How do I reset?"), new ChatMessage("assistant", "Open the settings."))),
                new Row.Text("The battery lasts a day."), new Row.Text("never read")));
    }

    @Test
    void givenEveryScheme_whenRun_thenErrorsSizesAndBitsAreOrderedAndReported() {
        List<String> heard = new ArrayList<>();
        QuantizationReport report = Quantization.run(spec(ALL, 2), (done, total, name) -> heard.add(done + "/" + total + " " + name), () -> false);

        assertEquals(14, heard.size());
        assertEquals("14/14 model.layers.1.mlp.down_proj", heard.getLast());
        assertEquals(2, report.calibrationRows());
        SchemeReport int8 = report.schemes().get(0);
        SchemeReport int4 = report.schemes().get(2);
        assertEquals(14, int4.layers().size());
        assertTrue(int8.relativeError() > 1e-6 && int8.relativeError() < 1e-4, "" + int8.relativeError());
        assertTrue(int4.relativeError() > 1e-3 && int4.relativeError() < 1e-2, "" + int4.relativeError());
        assertTrue(int4.outputError() > 1e-4 && int4.outputError() < 2e-2, "" + int4.outputError());
        assertTrue(int4.sizeBytes() < int8.sizeBytes());
        assertEquals(4 + 16 / 16.0, int4.bitsPerWeight());

        JsonNode json = Json.read(dir.resolve("out/report.json"));
        assertEquals("int4", json.get("schemes").get(2).get("scheme").asText());
        assertEquals(int4.outputError(), json.get("schemes").get(2).get("output_error").asDouble());
        assertEquals(1, Json.read(dir.resolve("out/int4/quantization.json")).get("schemes").size());
        assertEquals(Q, json.get("schemes").get(0).get("layers").get(0).get("name").asText());
    }

    @Test
    void givenQuantizedDirectories_whenLoaded_thenTheyAnswerAlmostAsTheMergedModel() {
        Quantization.run(spec(ALL, 2), (done, total, name) -> {}, () -> false);
        Merge.run(base, adapter, dir.resolve("merged"));
        int[][] prompt = {TinyLlama.ids(20, 5)};
        float[] expected = logits(dir.resolve("merged"), prompt);
        // an embedding in bf16 and int8 weights cost a percent of the logits' spread, int4 in groups of 16 about ten
        assertTrue(relative(expected, logits(dir.resolve("out/int8"), prompt)) < 0.03);
        assertTrue(relative(expected, logits(dir.resolve("out/int8_asymmetric"), prompt)) < 0.03);
        assertTrue(relative(expected, logits(dir.resolve("out/int4"), prompt)) < 0.2);
        try (ChatTokenizer tokenizer = ChatTokenizer.load(dir.resolve("out/int4")); ChatTokenizer original = ChatTokenizer.load(base)) {
            assertEquals(original.sha256(), tokenizer.sha256());
        }
    }

    @Test
    void givenEachScheme_whenReadBack_thenValuesAreThoseOfTheQuantizer() {
        Quantization.run(spec(ALL, 0), (done, total, name) -> {}, () -> false);
        try (WeightSource plain = WeightSource.open(base)) {
            for (String scheme : ALL) {
                QuantizedMatrix expected = IntegerRounding.round(Scheme.of(scheme, 16), plain.floats(Q), 64, 32, null);
                try (QuantizedWeights read = QuantizedWeights.open(dir.resolve("out").resolve(scheme))) {
                    assertTrue(read.isQuantized(Q));
                    assertArrayEquals(expected.dequantize(), read.floats(Q), scheme);
                    assertEquals(plain.names(), read.names());
                    assertEquals(plain.info(Q).shape(), read.info(Q).shape());
                    assertFalse(read.isQuantized("model.norm.weight"));
                }
            }
        }
    }

    /** By hand after compressed-tensors' pack-quantized: code + 8, first code lowest. */
    @Test
    void givenCodes_whenPacked_thenTheFirstLiesInTheLowestBits() {
        assertArrayEquals(new byte[] {0x54, 0x76, (byte) 0x98, (byte) 0xF0}, PackedLayout.packed(new byte[] {-4, -3, -2, -1, 0, 1, -8, 7}, 1, 8, 4));
    }

    @Test
    void givenInt4_whenWritten_thenConfigAndTensorsFollowCompressedTensors() {
        Quantization.run(spec(List.of("int4"), 0), (done, total, name) -> {}, () -> false);
        JsonNode config = Json.read(dir.resolve("out/int4/config.json")).get("quantization_config");
        assertEquals("compressed-tensors", config.get("quant_method").asText());
        assertEquals(16, config.at("/config_groups/group_0/weights/group_size").asInt());
        try (SafetensorsFile file = SafetensorsFile.open(dir.resolve("out/int4"))) {
            assertEquals(List.of(64L, 4L), file.info(Q + "_packed").shape());
            assertEquals(List.of(64L, 2L), file.info(Q + "_scale").shape());
        }
    }

    @Test
    void givenAStop_whenRun_thenItEndsBetweenModulesAndLeavesNoWeights() {
        List<String> heard = new ArrayList<>();
        assertThrows(QuantizationInterrupted.class, () -> Quantization.run(spec(ALL, 2), (done, total, name) -> heard.add(name), () -> heard.size() == 3));
        assertFalse(Files.exists(dir.resolve("out/int8/model.safetensors")));
        assertFalse(Files.exists(dir.resolve("out/report.json")));
    }

    private QuantizationSpec spec(List<String> schemes, int calibrationRows) {
        return new QuantizationSpec(base, adapter, schemes, 16, new QuantizationSpec.Rows(rows, calibrationRows, null, 0), QuantizationSpec.Layout.COMPRESSED_TENSORS,
                false, false, List.of(), Budget.NONE, null, dir.resolve("out"));
    }

    private static float[] logits(Path model, int[][] prompt) {
        try (LanguageModel loaded = LanguageModel.load(model, Precision.F32)) {
            return loaded.logits(prompt);
        }
    }

    private static double relative(float[] expected, float[] actual) {
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow(expected[i] - actual[i], 2);
        }
        return Math.sqrt(difference / Norms.squared(expected));
    }
}
