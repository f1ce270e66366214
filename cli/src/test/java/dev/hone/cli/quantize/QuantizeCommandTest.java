package dev.hone.cli.quantize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.cli.CommandRun;
import dev.hone.cli.TinyModel;
import dev.hone.cli.console.Failure;
import dev.hone.llm.layout.Layout;
import dev.hone.llm.quant.Budget;
import dev.hone.llm.quant.QuantizationSpec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two layers drawn by chance: what the commands do with files, not how well anything is rounded. */
class QuantizeCommandTest {
    @TempDir Path folder;
    private Path model;
    private Path rows;
    private Path out;

    @BeforeEach
    void files() throws IOException {
        model = TinyModel.in(folder.resolve("tiny"));
        rows = TinyModel.rows(folder.resolve("rows.jsonl"), 60);
        out = folder.resolve("out");
    }

    private CommandRun quantize(String... more) {
        List<String> all = new ArrayList<>(List.of("quantize", model.toString(), "--out", out.toString(), "--calibration-rows", "4"));
        all.addAll(List.of(more));
        return CommandRun.of(all.toArray(String[]::new));
    }

    private static JsonNode json(String line) {
        try {
            return new ObjectMapper().readTree(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void assertNothingWritten() {
        assertFalse(Files.exists(out) || Files.exists(folder.resolve("out.work")));
    }

    @Test
    void givenOneScheme_whenQuantized_thenOutIsTheModelAndTheTableSaysWhatItCost() {
        CommandRun run = quantize("--scheme", "int4-gptq", "--calibration", rows.toString());
        assertEquals(0, run.exit(), run.error());
        assertTrue(Files.exists(out.resolve("model.safetensors")) && Files.exists(out.resolve("config.json")) && Files.exists(out.resolve("tokenizer.json")));
        assertFalse(Files.exists(folder.resolve("out.work")));
        assertTrue(run.out().contains("are held out to compare on") && run.out().contains("--heldout FILE"), run.out());
        String row = run.lines().stream().filter(line -> line.startsWith("int4-gptq ")).findFirst().orElseThrow();
        assertTrue(row.matches("int4-gptq +\\d+\\.\\d MB +4\\.50 +\\d\\.\\d\\de-\\d\\d +\\d\\.\\d\\de-\\d\\d +[\\d,.]+ +\\S+ +\\S+ +\\d+\\.\\d %"), row);
        assertTrue(run.lines().getLast().equals("written    " + out), run.out());
    }

    @Test
    void givenSeveralSchemesAndNoRows_whenQuantizedForPrograms_thenEachHasAFolderAndAnEvent() {
        CommandRun run = quantize("--scheme", "int8,nf4", "--json");
        assertEquals(0, run.exit(), run.error());
        List<JsonNode> events = run.lines().stream().map(QuantizeCommandTest::json).toList();
        assertEquals(List.of("note", "start"), events.stream().limit(2).map(e -> e.path("event").asText()).toList());
        List<JsonNode> schemes = events.stream().filter(e -> e.path("event").asText().equals("scheme")).toList();
        assertEquals(List.of("int8", "nf4"), schemes.stream().map(e -> e.path("scheme").asText()).toList());
        for (JsonNode scheme : schemes) {
            assertTrue(Files.exists(Path.of(scheme.path("directory").asText()).resolve("config.json")), scheme.toString());
            assertEquals(14, scheme.path("layers").size());
            assertTrue(scheme.path("relative_error").asDouble() > 0 && !scheme.has("fidelity"), scheme.toString());
        }
        assertEquals("end", events.getLast().path("event").asText());
        assertTrue(Files.exists(out.resolve("report.json")));
    }

    @Test
    void givenAnotherLayoutAndAnExport_whenQuantized_thenBothLieBelowOut() throws IOException {
        CommandRun run = quantize("--scheme", "int4-gptq", "--layout", "gptq", "--export", "gguf-q8_0", "--calibration", rows.toString(), "--heldout", rows.toString());
        assertEquals(0, run.exit(), run.error());
        assertEquals("gptq", json(Files.readString(out.resolve("int4-gptq/config.json"))).path("quantization_config").path("quant_method").asText());
        assertTrue(run.out().contains("written    " + out.resolve("int4-gptq")) && run.out().contains("written    " + out.resolve("gguf-q8_0")), run.out());
        assertTrue(run.lines().stream().anyMatch(line -> line.matches("gguf-q8_0 +\\d+\\.\\d [kM]B +- +\\d\\.\\d\\de-0\\d .*")), run.out());
        assertFalse(run.out().contains("are held out to compare on"), run.out());
    }

    @Test
    void givenABudgetThatOnlyTheLargerKeeps_whenQuantized_thenThatOneAloneStays() {
        CommandRun run = quantize("--scheme", "int8,int4-channel-rtn", "--calibration", rows.toString(), "--max-kl-divergence", "1e-4", "--json");
        assertEquals(0, run.exit(), run.error());
        List<JsonNode> events = run.lines().stream().map(QuantizeCommandTest::json).toList();
        assertEquals("int8", events.getLast().path("chosen").asText());
        assertTrue(Files.exists(out.resolve("int8/config.json")));
        assertFalse(Files.exists(out.resolve("int4-channel-rtn")));
        JsonNode small = events.stream().filter(e -> e.path("scheme").asText().equals("int4-channel-rtn")).findFirst().orElseThrow();
        assertTrue(!small.path("within_budget").asBoolean() && !small.has("directory"), small.toString());
    }

    @Test
    void givenABudgetAlone_whenQuantized_thenTheSmallestOfThePlannedOnesIsTaken() {
        CommandRun run = quantize("--max-size", "1GB");
        assertEquals(0, run.exit(), run.error());
        assertTrue(run.out().contains("quantizing tiny to int4-g128, int4-g32, int8") && run.out().contains("chosen     int4-g"), run.out());
    }

    @Test
    void givenABudgetThatNothingKeeps_whenQuantized_thenNothingIsWrittenAndTheWorstLayerIsNamed() {
        CommandRun run = quantize("--scheme", "int8", "--max-size", "1kB");
        assertEquals(Failure.FAILED, run.exit());
        assertTrue(run.error().contains("max_size") && run.error().contains("worst layer"), run.error());
        assertNothingWritten();
    }

    @Test
    void givenWrongOptions_whenRun_thenASentenceSaysWhatIsExpected() {
        assertMisused("int4-g32-gptq", "--scheme", "int5");
        assertMisused("at least one quantization scheme");
        assertMisused("compressed-tensors or gptq", "--scheme", "int8", "--layout", "tar");
        assertMisused("300MB", "--scheme", "int8", "--max-size", "small");
        assertMisused("multiple of 8", "--scheme", "int4", "--group-size", "12");
        assertMisused("no such file", "--scheme", "int8", "--calibration", folder.resolve("none.csv").toString());
        assertMisused("an adapter's directory", "--scheme", "int8", "--adapter", folder.resolve("none").toString());
        assertMisused("--calibration FILE", "--scheme", "int4-g32-qat");
        assertTrue(CommandRun.of("quantize", "nowhere", "--scheme", "int8", "--out", out.toString()).error().contains("\"nowhere\""));
        assertNothingWritten();
    }

    private void assertMisused(String expected, String... options) {
        CommandRun run = quantize(options);
        assertEquals(Failure.USAGE, run.exit(), run.error());
        assertTrue(run.error().contains(expected) && !run.error().contains("\tat "), run.error());
    }

    @Test
    void givenAFormerResult_whenQuantizedAgain_thenItIsReplacedOnlyWhenToldTo() throws IOException {
        Files.createDirectories(out);
        Files.writeString(out.resolve("config.json"), "{}");
        CommandRun refused = quantize("--scheme", "int8");
        assertEquals(Failure.FAILED, refused.exit());
        assertTrue(refused.error().contains("--force"), refused.error());
        assertEquals("{}", Files.readString(out.resolve("config.json")));
        assertEquals(0, quantize("--scheme", "int8", "--force").exit());
        assertTrue(Files.exists(out.resolve("model.safetensors")));
        assertEquals(Failure.USAGE, CommandRun.of("quantize", model.toString(), "--scheme", "int8", "--out", model.toString(), "--force").exit());
        assertTrue(Files.exists(model.resolve("model.safetensors")));
    }

    @Test
    void givenARecipeToLearnBy_whenQuantized_thenItsStepsAreToldAndItsSchemeIsMade() throws IOException {
        Path recipe = Files.writeString(folder.resolve("qat.yaml"), "quantization: {qat: {group_size: 64, training: {max_steps: 2, micro_batch_size: 4, gradient_accumulation_steps: 1}}}\n");
        CommandRun run = quantize("--qat", recipe.toString(), "--calibration", rows.toString(), "--json");
        assertEquals(0, run.exit(), run.error());
        List<JsonNode> events = run.lines().stream().map(QuantizeCommandTest::json).toList();
        assertEquals(List.of(1, 2), events.stream().filter(e -> e.path("event").asText().equals("step")).map(e -> e.path("step").asInt()).toList());
        assertEquals("int4-g64-qat", events.stream().filter(e -> e.path("event").asText().equals("scheme")).findFirst().orElseThrow().path("scheme").asText());
        assertTrue(Files.exists(out.resolve("model.safetensors")));
        assertFalse(Files.exists(folder.resolve("out.work")));
    }

    @Test
    void givenAStop_whenQuantizing_thenNothingIsWritten() throws IOException {
        Path work = folder.resolve("out.work");
        QuantizationSpec spec = new QuantizationSpec(model, model, List.of("int8"), 32, QuantizationSpec.Rows.NONE, Layout.COMPRESSED_TENSORS, false, false, List.of(),
                Budget.NONE, null, QuantizeRun.made(work));
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        JsonQuantizeScreen screen = new JsonQuantizeScreen(new PrintStream(told, true, StandardCharsets.UTF_8));
        assertEquals(QuantizeRun.INTERRUPTED, new QuantizeRun(spec, Placement.folder(spec.output(), out, "int8"), work, screen, () -> true).run());
        assertEquals("interrupted", json(told.toString(StandardCharsets.UTF_8).lines().toList().getLast()).path("event").asText());
        assertNothingWritten();
    }

    @Test
    void givenARowThatCannotBeUsed_whenQuantized_thenItIsListedBesideOut() throws IOException {
        Files.writeString(rows, Files.readString(rows) + "{\"messages\": []}\n");
        CommandRun run = quantize("--scheme", "int8", "--calibration", rows.toString());
        assertEquals(0, run.exit(), run.error());
        assertTrue(run.out().contains("1 row is not used. Line 61:"), run.out());
        assertEquals(1, Files.readAllLines(folder.resolve("out.rejected.jsonl")).size());
    }
}
