package dev.hone.cli.quantize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.cli.CommandRun;
import dev.hone.cli.TinyModel;
import dev.hone.cli.console.Failure;
import dev.hone.llm.format.WeightSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportCommandTest {
    @TempDir Path folder;
    private String model;

    @BeforeEach
    void files() throws IOException {
        model = TinyModel.in(folder.resolve("tiny")).toString();
    }

    @Test
    void givenAModel_whenExportedToGguf_thenOneFileLiesThereAndItsErrorIsTold() throws IOException {
        Path out = folder.resolve("deep/tiny.gguf");
        CommandRun run = CommandRun.of("export", model, "--type", "Q8_0", out.toString(), "--json");
        assertEquals(0, run.exit(), run.error());
        assertEquals("GGUF", new String(Arrays.copyOf(Files.readAllBytes(out), 4), StandardCharsets.US_ASCII));
        JsonNode export = run.lines().stream().map(ExportCommandTest::json).filter(e -> e.path("event").asText().equals("export")).findFirst().orElseThrow();
        assertEquals(Files.size(out), export.path("size_bytes").asLong());
        assertTrue(export.path("relative_error").asDouble() > 0 && export.path("relative_error").asDouble() < 1e-3, export.toString());
        assertFalse(Files.exists(folder.resolve("deep/tiny.gguf.work")));
        CommandRun again = CommandRun.of("export", model, out.toString());
        assertTrue(again.exit() == Failure.FAILED && again.error().contains("--force"), again.error());
    }

    @Test
    void givenAQuantizedModel_whenExportedToSafetensors_thenItIsPlainWithTheSameValues() {
        Path rounded = folder.resolve("rounded");
        Path plain = folder.resolve("plain");
        assertEquals(0, CommandRun.of("quantize", model, "--scheme", "int8", "--out", rounded.toString()).exit());
        CommandRun run = CommandRun.of("export", rounded.toString(), "--format", "safetensors", plain.toString());
        assertEquals(0, run.exit(), run.error());
        String name = "model.layers.1.mlp.down_proj.weight";
        try (WeightSource before = WeightSource.open(rounded); WeightSource after = WeightSource.open(plain)) {
            float[] expected = before.floats(name);
            float[] found = after.floats(name);
            for (int i = 0; i < expected.length; i++) {
                assertEquals(expected[i], found[i], Math.abs(expected[i]) / 256, name + " " + i);
            }
        }
        assertFalse(json(plain.resolve("config.json")).has("quantization_config"));
    }

    @Test
    void givenWhatCannotBeWritten_whenRun_thenTheSentenceListsWhatCan() throws IOException {
        assertMisused("f16, bf16, q8_0, q6_k, q5_k, q5_0, q4_k, q4_0", "--type", "q3_k");
        assertMisused("bf16, f16", "--format", "safetensors", "--type", "q4_k");
        assertMisused("gguf or safetensors", "--format", "onnx");
        assertMisused("./hone quantize", "--format", "gptq");
        Files.createDirectories(folder.resolve("out"));
        assertMisused("found the folder");
    }

    private void assertMisused(String expected, String... options) {
        String[] all = new String[options.length + 3];
        System.arraycopy(new String[] {"export", model, folder.resolve("out").toString()}, 0, all, 0, 3);
        System.arraycopy(options, 0, all, 3, options.length);
        CommandRun run = CommandRun.of(all);
        assertEquals(Failure.USAGE, run.exit(), run.error());
        assertTrue(run.error().contains(expected), run.error());
    }

    private static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static JsonNode json(Path file) {
        try {
            return json(Files.readString(file));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
