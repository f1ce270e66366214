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
import dev.hone.llm.layout.Layout;
import dev.hone.llm.model.LanguageModel;
import dev.hone.llm.model.Precision;
import dev.hone.llm.model.TinyLlama;
import dev.hone.llm.rounding.IntegerRounding;
import dev.hone.llm.rounding.Norms;
import dev.hone.llm.rounding.QuantizationFailed;
import dev.hone.llm.rounding.QuantizedMatrix;
import dev.hone.llm.rounding.Scheme;
import dev.hone.llm.text.ChatMessage;
import dev.hone.llm.text.ChatTokenizer;
import dev.hone.llm.text.TinyTokenizer;
import dev.hone.llm.text.TokenizerFiles;
import dev.hone.llm.train.CheckpointStore;
import dev.hone.llm.train.TrainingObserver;
import dev.hone.llm.train.TrainingRecipe;
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

        assertEquals(3 * 14, heard.size());
        assertEquals("14/14 model.layers.1.mlp.down_proj.weight", heard.getLast());
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

    @Test
    void givenHeldOutRows_whenSchemesAreCompared_thenFidelityFallsWithTheirBitsAndTheAdapterIsComparedToo() {
        QuantizationReport report = Quantization.run(compared(List.of("bf16", "int8", "int4-rtn", "int4-gptq", "int4-awq", "w8a8", "w8a8-smoothquant", "w4a8", "nf4"), Budget.NONE), (done, total, name) -> {}, () -> false);

        assertEquals("bf16", report.chosen());
        Fidelity bf16 = fidelity(report, "bf16");
        assertTrue(bf16.meanKl() < 1e-4 && bf16.meanKl() < fidelity(report, "int8").meanKl());
        assertTrue(fidelity(report, "int8").meanKl() < fidelity(report, "w8a8").meanKl());
        assertTrue(fidelity(report, "w8a8").meanKl() < fidelity(report, "int4-rtn").meanKl());
        assertTrue(fidelity(report, "int4-rtn").p999Kl() >= fidelity(report, "int4-rtn").meanKl());
        assertEquals(bf16.referencePerplexity(), fidelity(report, "nf4").referencePerplexity());
        assertTrue(report.protocol().contains("held-out"));
        // the base is in f32 here, and so is what merging makes of it
        assertTrue(report.parity().merged().meanKl() < 1e-8, "" + report.parity().merged().meanKl());
        assertEquals("What now?", report.parity().prompts().getFirst().prompt());
        assertEquals(report.parity().prompts().getFirst().adapterAnswer(), report.parity().prompts().getFirst().mergedAnswer());

        JsonNode json = Json.read(dir.resolve("out/report.json"));
        assertEquals(fidelity(report, "w4a8").p999Kl(), json.at("/schemes/7/fidelity/p999_kl_divergence").asDouble());
        assertEquals("What now?", json.at("/parity/prompts/0/prompt").asText());
        assertEquals(report.protocol(), json.get("protocol").asText());
    }

    @Test
    void givenABudget_whenSchemesAreTried_thenTheSmallestWithinItIsTakenAndNoLargerOneIsMade() {
        List<String> all = List.of("bf16", "int8", "int4-rtn");
        double four = fidelity(Quantization.run(compared(List.of("int4-rtn"), Budget.NONE), (done, total, name) -> {}, () -> false), "int4-rtn").meanKl();
        QuantizationReport loose = Quantization.run(compared(all, new Budget(Double.POSITIVE_INFINITY, 2 * four, Double.POSITIVE_INFINITY)), (done, total, name) -> {}, () -> false);
        assertEquals("int4-rtn", loose.chosen());
        assertEquals(1, loose.schemes().size());

        QuantizationReport tight = Quantization.run(compared(all, new Budget(Double.POSITIVE_INFINITY, four / 2, Double.POSITIVE_INFINITY)), (done, total, name) -> {}, () -> false);
        assertEquals("int8", tight.chosen());
        assertEquals(List.of(false, true), tight.schemes().stream().map(SchemeReport::withinBudget).toList());
        assertFalse(Files.exists(dir.resolve("out/int4-rtn")));
        assertTrue(Files.exists(dir.resolve("out/int8/model.safetensors")));
    }

    /** The planned ladder begins at groups of 128, which the 32 inputs here are too few for. */
    @Test
    void givenABudget_whenAGroupDoesNotDivideTheModel_thenThatSchemeIsLeftOutAndTheNextTried() {
        List<String> heard = new ArrayList<>();
        QuantizationReport report = Quantization.run(compared(List.of("int4-g128-rtn", "int4-g16-rtn", "int8"), new Budget(Double.POSITIVE_INFINITY, 10, Double.POSITIVE_INFINITY)), new QuantizationObserver() {
            @Override
            public void phase(String what) {
                heard.add(what);
            }

            @Override
            public void layer(int done, int total, String name) {}
        }, () -> false);
        assertEquals("int4-g16-rtn", report.chosen());
        assertTrue(heard.contains("int4-g128-rtn left out: its group does not divide the model's inputs"), heard.toString());
        assertEquals("group_size", assertThrows(QuantizationFailed.class, () -> Quantization.run(compared(List.of("int4-g128-rtn"), Budget.NONE), (done, total, name) -> {}, () -> false)).code());
    }

    @Test
    void givenABudgetThatNothingKeeps_whenRun_thenTheNearestSchemeAndItsWorstLayerAreNamed() {
        QuantizationFailed failed = assertThrows(QuantizationFailed.class, () -> Quantization.run(
                compared(List.of("int4-rtn", "int8"), new Budget(Double.POSITIVE_INFINITY, 1e-9, Double.POSITIVE_INFINITY)), (done, total, name) -> {}, () -> false));
        assertEquals("over_budget", failed.code());
        assertTrue(failed.getMessage().contains("Nearest came int8") && failed.getMessage().contains("worst layer is model.layers."), failed.getMessage());

        assertEquals("over_budget", assertThrows(QuantizationFailed.class, () -> Quantization.run(
                compared(List.of("int8"), new Budget(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, 1000)), (done, total, name) -> {}, () -> false)).code());
        assertEquals("no_heldout_rows", assertThrows(QuantizationFailed.class, () -> Quantization.run(
                new QuantizationSpec(base, adapter, List.of("int8"), 16, QuantizationSpec.Rows.NONE, Layout.COMPRESSED_TENSORS, false, false, List.of(),
                        new Budget(0.1, 0.1, 1e9), null, dir.resolve("out")), (done, total, name) -> {}, () -> false)).code());
    }

    @Test
    void givenNoCalibration_whenASchemeNeedsIt_thenItIsSaidSo() {
        assertEquals("no_calibration", assertThrows(QuantizationFailed.class, () -> Quantization.run(spec(List.of("int4-gptq"), 0), (done, total, name) -> {}, () -> false)).code());
        assertEquals("no_qat", assertThrows(QuantizationFailed.class, () -> Quantization.run(spec(List.of("int4-qat"), 2), (done, total, name) -> {}, () -> false)).code());
    }

    /** A budget that rounding to nearest misses: the model learns for it, and what it learned is what is written. */
    @Test
    void givenAFallback_whenNothingElseStaysWithinTheBudget_thenTheModelLearnsRounded() throws Exception {
        TrainingRecipe recipe = TrainingRecipe.parse("{\"method\": \"full\", \"learning_rate\": 0.002, \"max_steps\": 12, \"micro_batch_size\": 2, \"sequence_len\": 64, \"compute_dtype\": \"f32\"}");
        Qat qat = new Qat(recipe, 0, "int4-qat", scheme -> CheckpointStore.none(), new TrainingObserver() {});
        QuantizationSpec plain = compared(List.of("int4-rtn"), new Budget(0, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY));
        QuantizationSpec spec = new QuantizationSpec(plain.baseModel(), plain.adapter(), plain.schemes(), 16, new QuantizationSpec.Rows(rows, 3, rows, 500), plain.layout(), false, false,
                List.of("bf16", "gguf-q8_0"), plain.budget(), qat, plain.output());
        QuantizationReport report = Quantization.run(spec, (done, total, name) -> {}, () -> false);
        assertEquals("int4-qat", report.chosen());
        assertTrue(fidelity(report, "int4-qat").perplexity() < fidelity(report, "int4-qat").referencePerplexity());
        assertFalse(Files.exists(dir.resolve("out/int4-qat.work")));
        assertEquals(List.of("bf16", "gguf-q8_0"), report.exports().stream().map(ExportReport::name).toList());
        assertTrue(report.exports().getLast().relativeError() > 0 && report.exports().getLast().relativeError() < 1e-4);
    }

    private static Fidelity fidelity(QuantizationReport report, String scheme) {
        return report.schemes().stream().filter(s -> s.scheme().equals(scheme)).findFirst().orElseThrow().fidelity();
    }

    private QuantizationSpec compared(List<String> schemes, Budget budget) {
        Path heldOut = dir.resolve("heldout.jsonl");
        Rows.write(heldOut, List.of(
                new Row.Chat(List.of(new ChatMessage("user", "What now?"), new ChatMessage("assistant", "Read the battery's manual."))),
                new Row.Text("The settings open after a day, and how never was said."), new Row.Text("Reset it.")));
        return new QuantizationSpec(base, adapter, schemes, 16, new QuantizationSpec.Rows(rows, 3, heldOut, 1000), Layout.COMPRESSED_TENSORS,
                false, false, List.of(), budget, null, dir.resolve("out"));
    }

    /** Heard at the first look: rounding has not begun, the merged model is on its way. */
    @Test
    void givenAStopWhileModelsAreCompared_whenRun_thenItEndsThere() {
        List<String> heard = new ArrayList<>();
        assertThrows(QuantizationInterrupted.class, () -> Quantization.run(compared(List.of("int8"), Budget.NONE), (done, total, name) -> heard.add(name), () -> true));
        assertEquals(List.of(), heard);
        assertFalse(Files.exists(dir.resolve("out/int8")));
    }

    private QuantizationSpec spec(List<String> schemes, int calibrationRows) {
        return new QuantizationSpec(base, adapter, schemes, 16, new QuantizationSpec.Rows(rows, calibrationRows, null, 0), Layout.COMPRESSED_TENSORS,
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
