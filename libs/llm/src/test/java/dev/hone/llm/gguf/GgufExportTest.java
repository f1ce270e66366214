package dev.hone.llm.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.model.ModelLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** That others read and run these files is shown by src/test/golden/check_gguf.py. */
class GgufExportTest {
    private static final Path ROOT = Path.of(System.getProperty("hone.root"));
    private static final Path NANO = ROOT.resolve("models/hone-nano");

    @TempDir
    Path folder;

    private GgufExport.Result export(Path model, String type, Function<String, float[]> importance) {
        try (WeightSource weights = WeightSource.open(model)) {
            return GgufExport.run(weights, model, type, folder.resolve("out/model.gguf"), importance, (done, total, name) -> {}, () -> false);
        }
    }

    /** A family's golden directory with a tokenizer of as many tokens as it has. */
    private Path family(String name) throws IOException {
        Path model = folder.resolve(name);
        Files.createDirectories(model);
        try (Stream<Path> files = Files.list(ROOT.resolve("libs/llm/src/test/golden/families").resolve(name))) {
            for (Path file : files.filter(f -> f.getFileName().toString().matches("config.json|model.*safetensors.*")).toList()) {
                Files.copy(file, model.resolve(file.getFileName()));
            }
        }
        String vocabulary = IntStream.range(0, 96).mapToObj(n -> "\"t" + n + "\": " + n).collect(Collectors.joining(", "));
        Files.writeString(model.resolve("tokenizer.json"), "{\"pre_tokenizer\": {\"type\": \"ByteLevel\"}, \"model\": {\"type\": \"BPE\", \"vocab\": {" + vocabulary + "}, \"merges\": []}}");
        return model;
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama3", "llama_linear", "llama_bias", "llama_tied", "mistral", "qwen2", "qwen2_sliding", "qwen3", "phi3", "phi3_partial", "gemma2", "gemma3",
        "llama_sharded_bf16", "qwen2_f16"})
    void givenAFamilysModel_whenWrittenAndReadBack_thenEveryWeightIsTheSame(String name) throws IOException {
        Path model = family(name);
        ModelConfig config = ModelConfig.load(model);
        GgufExport.Result result = export(model, "f32", null);
        assertEquals(0, result.relativeError());
        assertEquals(Files.size(result.file()), result.sizeBytes());
        try (WeightSource original = WeightSource.open(model); GgufWeights back = GgufWeights.open(result.file(), config)) {
            List<String> names = ModelLayout.weights(config).stream().map(ModelLayout.Weight::name).toList();
            assertEquals(List.copyOf(names).stream().sorted().toList(), back.names().stream().sorted().toList());
            for (String weight : names) {
                assertEquals(original.info(weight).shape(), back.info(weight).shape());
                assertArrayEquals(original.floats(weight), back.floats(weight), 2e-7f, weight);
            }
        }
    }

    /** As llama.cpp's converter permutes: half h of row i becomes row 2i + h of its head. */
    @Test
    void givenALlamasQueries_whenWritten_thenTheHalvesOfAHeadAlternate() throws IOException {
        Path model = family("llama");
        try (WeightSource original = WeightSource.open(model); GgufFile file = GgufFile.open(export(model, "f32", null).file())) {
            float[] from = original.floats("model.layers.1.self_attn.k_proj.weight");
            float[] to = file.floats("blk.1.attn_k.weight");
            int columns = file.tensor("blk.1.attn_k.weight").columns();
            int width = ModelConfig.load(model).headDim();
            for (int row : new int[] {0, 1, 2, width - 1, width, width + 1}) {
                int head = row / width * width;
                int source = head + row % width % 2 * (width / 2) + row % width / 2;
                assertEquals(from[source * columns + 3], to[row * columns + 3], "row " + row);
            }
        }
    }

    @Test
    void givenAGemma_whenWritten_thenNormsHoldTheirOneAndQueriesWhatLlamaCppsScaleLacks() throws IOException {
        Path model = family("gemma2");
        try (WeightSource original = WeightSource.open(model); GgufFile file = GgufFile.open(export(model, "f32", null).file())) {
            assertEquals(original.floats("model.layers.0.post_feedforward_layernorm.weight")[5] + 1, file.floats("blk.0.post_ffw_norm.weight")[5]);
            // scores are scaled by 1/√24 in the model, and by 1/√16 in llama.cpp
            assertEquals(original.floats("model.layers.0.self_attn.q_proj.weight")[7] * Math.sqrt(16 / 24.0), file.floats("blk.0.attn_q.weight")[7], 1e-7);
            assertEquals(List.of(2.0, 3.0, 8L), List.of(file.metadata().get("gemma2.attn_logit_softcapping"), file.metadata().get("gemma2.final_logit_softcapping"),
                    file.metadata().get("gemma2.attention.sliding_window")));
        }
    }

    @Test
    void givenLlama3sRope_whenWritten_thenFactorsDivideTheUnscaledFrequencies() throws IOException {
        Path model = family("llama3");
        ModelConfig config = ModelConfig.load(model);
        try (GgufFile file = GgufFile.open(export(model, "q8_0", null).file())) {
            float[] factors = file.floats("rope_freqs.weight");
            float[] scaled = config.rope().frequencies(config.headDim());
            for (int i = 0; i < scaled.length; i++) {
                assertEquals(scaled[i], Math.pow(config.rope().theta(), -2.0 * i / config.headDim()) / factors[i], 1e-6 * scaled[i]);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"f16,10501280,1e-16", "q8_0,5647520,4e-5", "q4_0,3329184,5e-3", "q4_k,3591840,3e-3", "q6_k,4631712,3.2e-4"})
    void givenHoneNano_whenWritten_thenSizeAndErrorAreAsMeasured(String type, long size, double error) {
        GgufExport.Result result = export(NANO, type, null);
        assertEquals(size, result.sizeBytes());
        assertTrue(result.relativeError() <= error, type + ": " + result.relativeError());
        assertEquals(56, result.tensors().size());
        assertEquals(List.of(), result.notes());
        GgufExport.Tensor down = result.tensors().stream().filter(t -> t.name().equals("model.layers.1.mlp.down_proj.weight")).findFirst().orElseThrow();
        assertEquals(type.equals("q4_k") ? "Rows of 640 values do not divide into blocks of 256: Q5_0 instead of Q4_K." : type.equals("q6_k")
                ? "Rows of 640 values do not divide into blocks of 256: Q8_0 instead of Q6_K." : "", down.note());
    }

    @Test
    void givenColumnsThatCountMore_whenWritten_thenTheyLoseLess() throws IOException {
        Path model = family("llama");
        String queries = "model.layers.1.self_attn.q_proj.weight";
        float[] importance = new float[32];
        for (int i = 0; i < importance.length; i++) {
            importance[i] = i % 8 == 0 ? 100 : 1;
        }
        double alike = errorOfEveryEighth(model, queries, export(model, "q4_0", null).file());
        double weighed = errorOfEveryEighth(model, queries, export(model, "q4_0", name -> name.equals(queries) ? importance : null).file());
        assertTrue(weighed < 0.7 * alike, weighed + " with importance, " + alike + " without");
    }

    private static double errorOfEveryEighth(Path model, String name, Path file) {
        try (WeightSource original = WeightSource.open(model); GgufWeights back = GgufWeights.open(file, ModelConfig.load(model))) {
            float[] from = original.floats(name);
            float[] to = back.floats(name);
            return IntStream.range(0, from.length).filter(i -> i % 8 == 0).mapToDouble(i -> Math.pow((double) from[i] - to[i], 2)).sum();
        }
    }

    @Test
    void givenAStop_whenItComesHalfway_thenThereIsNoFile() throws IOException {
        AtomicInteger tensors = new AtomicInteger();
        try (WeightSource weights = WeightSource.open(NANO)) {
            assertThrows(ExportInterrupted.class, () -> GgufExport.run(weights, NANO, "f16", folder.resolve("model.gguf"), (done, total, name) -> tensors.set(done), () -> tensors.get() == 9));
        }
        assertEquals(9, tensors.get());
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void givenAnObserver_whenWritten_thenItHearsEveryWeightOnce() {
        List<String> names = new ArrayList<>();
        try (WeightSource weights = WeightSource.open(NANO)) {
            GgufExport.run(weights, NANO, "bf16", folder.resolve("model.gguf"), (done, total, name) -> names.add(done + "/" + total + " " + name), () -> false);
        }
        assertEquals(56, names.size());
        assertEquals("1/56 model.norm.weight", names.getFirst());
        assertEquals(56, names.stream().distinct().count());
    }

    @Test
    void givenAModelThatLlamaCppWouldComputeOtherwise_whenWritten_thenItIsRefusedAndThereIsNoFile() throws IOException {
        Path model = family("smollm3");
        assertTrue(assertThrows(FormatException.class, () -> export(model, "f16", null)).getMessage().contains("every fourth"));
        assertTrue(Files.notExists(folder.resolve("out/model.gguf")));
    }

    @Test
    void givenAWindowThatLlamaCppIgnores_whenWritten_thenANoteSaysFromWhereOnItMatters() throws IOException {
        List<String> notes = export(family("mistral"), "q8_0", null).notes();
        assertEquals(List.of("llama.cpp does not limit attention to this family's sliding window: answers differ from the model's beyond 8 tokens."), notes);
    }

    @Test
    void givenValuesBeyondF16_whenWritten_thenTheErrorNamesTheTensorAndATypeThatHoldsThem() throws IOException {
        Path model = family("llama");
        try (WeightSource weights = WeightSource.open(model)) {
            WeightSource large = new Scaled(weights, 1e6f);
            String message = assertThrows(FormatException.class, () -> GgufExport.run(large, model, "f16", folder.resolve("m.gguf"), (d, t, n) -> {}, () -> false)).getMessage();
            assertTrue(message.contains("token_embd.weight") && message.contains("bf16"), message);
            WeightSource none = new Scaled(weights, Float.NaN);
            assertTrue(assertThrows(FormatException.class, () -> GgufExport.run(none, model, "q8_0", folder.resolve("m.gguf"), (d, t, n) -> {}, () -> false)).getMessage().contains("damaged"));
        }
    }

    private record Scaled(WeightSource weights, float by) implements WeightSource {
        @Override
        public java.util.Set<String> names() {
            return weights.names();
        }

        @Override
        public dev.hone.llm.format.TensorInfo info(String name) {
            return weights.info(name);
        }

        @Override
        public float[] floats(String name) {
            float[] values = weights.floats(name);
            for (int i = 0; i < values.length; i++) {
                values[i] *= by;
            }
            return values;
        }

        @Override
        public void close() {}
    }
}
