package dev.hone.cli.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.cli.CommandRun;
import dev.hone.cli.TinyModel;
import dev.hone.cli.console.Failure;
import dev.hone.llm.eval.EvaluationResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateCommandTest {
    @TempDir Path folder;
    private String model;
    private String rows;

    @BeforeEach
    void files() throws IOException {
        model = TinyModel.in(folder.resolve("tiny")).toString();
        rows = TinyModel.rows(folder.resolve("rows.jsonl"), 12).toString();
    }

    @Test
    void givenAModelThatKnowsNothing_whenEvaluated_thenItsLossIsThatOfGuessing() throws IOException {
        CommandRun run = CommandRun.of("evaluate", model, "--data", rows, "--answers", "2", "--max-new-tokens", "3", "--json");
        assertEquals(0, run.exit(), run.error());
        JsonNode result = new ObjectMapper().readTree(run.lines().getLast());
        // weights drawn by chance tell nothing about the next of 4,096 tokens
        assertEquals(Math.log(4096), result.path("loss").asDouble(), 0.3);
        assertEquals(12, result.path("rows").asInt());
        assertEquals(2, result.path("answered_rows").asInt());
        assertEquals(0, result.path("exact_match").asDouble());
        assertEquals(Files.size(Path.of(model, "model.safetensors")), result.path("size_bytes").asLong());
    }

    @Test
    void givenTwoModelsAndSomeRows_whenEvaluated_thenTheTableHasALineForEach() {
        CommandRun run = CommandRun.of("evaluate", model, model, "--data", rows, "--rows", "5", "--answers", "0");
        assertEquals(0, run.exit(), run.error());
        List<String> table = run.lines().stream().dropWhile(line -> !line.startsWith("model ")).toList();
        assertTrue(table.getFirst().matches("model +size +loss +perplexity +token accuracy +exact match"), run.out());
        assertTrue(table.get(1).matches("tiny +\\S+ MB +\\d\\.\\d{4} +[\\d,]+\\.\\d{3} +\\d+\\.\\d % +-") && table.get(1).equals(table.get(2)), run.out());
        assertEquals("5 rows of rows.jsonl, none answered greedily, computed in bf16", table.getLast());
    }

    @Test
    void givenResults_whenWrittenForAPage_thenTheyAreAMarkdownTable() {
        Candidate candidate = new Candidate("int4|odd", Path.of("x"), 4_400_000, new EvaluationResult(0.9, 2.4596, 0.978, 0.785, 400, 3000, 200), Optional.empty());
        assertEquals(List.of("| model | size | loss | perplexity | token accuracy | exact match |", "| --- | ---: | ---: | ---: | ---: | ---: |",
                "| int4\\|odd | 4.4 MB | 0.9000 | 2.460 | 97.8 % | 78.5 % |"), new EvaluationTable(List.of(candidate)).markdown());
    }

    @Test
    void givenAQuantizedModelAmongThem_whenEvaluated_thenItsBitsStandBesideIt() throws IOException {
        String rounded = folder.resolve("rounded").toString();
        assertEquals(0, CommandRun.of("quantize", model, "--scheme", "int4", "--out", rounded, "--calibration", rows, "--calibration-rows", "2", "--heldout", rows).exit());
        CommandRun run = CommandRun.of("evaluate", model, rounded, "--data", rows, "--answers", "0", "--markdown");
        assertEquals(0, run.exit(), run.error());
        assertTrue(run.lines().getFirst().endsWith("| exact match | bits/weight | mean KL | same top |"), run.out());
        assertTrue(run.lines().get(2).endsWith("| - | - | - | - |"), run.out());
        assertTrue(run.lines().get(3).matches(".*\\| - \\| 4\\.50 \\| 0\\.0\\d{4} \\| \\d+\\.\\d % \\|"), run.out());
    }

    @Test
    void givenWrongOptions_whenRun_thenASentenceSaysWhatIsExpected() {
        assertTrue(CommandRun.of("evaluate", model).error().contains("--data"));
        assertTrue(CommandRun.of("evaluate", model, "--data", folder.resolve("none").toString()).error().contains("no such file"));
        assertTrue(CommandRun.of("evaluate", model, "--data", rows, "--dtype", "f8").error().contains("Expected f32 or bf16"));
        CommandRun two = CommandRun.of("evaluate", model, model, "--data", rows, "--adapter", folder.toString());
        assertEquals(Failure.USAGE, two.exit());
        assertTrue(two.error().contains("an adapter belongs to one base"), two.error());
    }
}
