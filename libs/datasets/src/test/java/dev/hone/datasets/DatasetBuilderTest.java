package dev.hone.datasets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hone.datasets.check.ColumnMapping;
import dev.hone.datasets.check.HoneNano;
import dev.hone.datasets.check.Prompts;
import dev.hone.datasets.read.DataFile;
import dev.hone.llm.data.Row;
import dev.hone.llm.data.Rows;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetBuilderTest {
    @TempDir
    private Path temporary;

    private DatasetSpec spec(String name, byte[] content, String mapping, SplitShares shares) throws Exception {
        Path file = Files.createTempFile(temporary, "file", "");
        Files.write(file, content);
        DataFile data = DataFile.open(name, file);
        return new DatasetSpec(data, name, Digests.sha256(file), ColumnMapping.parse(mapping), HoneNano.base(), shares);
    }

    private DatasetSpec spec(String name, String content) throws Exception {
        return spec(name, content.getBytes(StandardCharsets.UTF_8), "", new SplitShares(0.05, 0.05));
    }

    private Path directory() throws Exception {
        return Files.createTempDirectory(temporary, "dataset");
    }

    private static Set<String> prompts(Path directory, Split split) {
        Set<String> prompts = new HashSet<>();
        Rows.read(directory.resolve(split.fileName())).forEach(row -> prompts.add(Prompts.normalized(Prompts.of(row))));
        return prompts;
    }

    @Test
    void givenGoodAndBadRows_whenBuilt_thenFilesCountsAndReportAgree() throws Exception {
        StringBuilder csv = new StringBuilder("question,answer\n");
        for (int i = 0; i < 100; i++) {
            csv.append("Question ").append(i).append("?,Answer ").append(i % 7).append(".\n");
        }
        csv.append("Question 5?,Answer 5.\n,no question\n");
        Path directory = directory();
        DatasetReport report = DatasetBuilder.build(spec("a.csv", csv.toString()), directory).report();

        assertEquals(new DatasetReport.Counts(102, report.rows().train(), report.rows().validation(), report.rows().test(), 1, 1), report.rows());
        assertEquals(100, report.rows().kept());
        assertEquals(Map.of("duplicate", 1L, "empty_prompt", 1L), report.problems());
        assertEquals("prompt=question, completion=answer", report.shape());
        assertEquals(report, DatasetReport.fromJson(Files.readAllBytes(directory.resolve(DatasetReport.FILE))));
        assertEquals(List.of(
                "{\"file\":\"a.csv\",\"line\":102,\"column\":1,\"code\":\"duplicate\",\"message\":\"Expected a row that is not there yet, found the one of line 7 again; it was kept once.\",\"severity\":\"warning\"}",
                "{\"file\":\"a.csv\",\"line\":103,\"column\":1,\"code\":\"empty_prompt\",\"message\":\"Expected text under \\\"question\\\", found none.\",\"severity\":\"error\"}"),
                Files.readAllLines(directory.resolve(DatasetReport.PROBLEMS_FILE)));
        List<Row> train = Rows.read(directory.resolve("train.jsonl"));
        assertEquals(report.rows().train(), train.size());
        assertEquals(report.trainTokens(), train.stream().mapToLong(row -> row.tokenize(HoneNano.base().tokenizer(), 512).length()).sum());
    }

    @Test
    void givenPromptsWithSeveralAnswers_whenBuilt_thenNoPromptIsInTwoParts() throws Exception {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 600; i++) {
            String prompt = i % 2 == 0 ? "Question  " + i / 3 : "question " + i / 3;
            lines.append("{\"prompt\":\"").append(prompt).append("\",\"completion\":\"").append(i).append("\"}\n");
        }
        Path directory = directory();
        DatasetReport report = DatasetBuilder.build(spec("a.jsonl", lines.toString().getBytes(StandardCharsets.UTF_8), "", new SplitShares(0.2, 0.2)), directory).report();

        assertEquals(600, report.rows().kept());
        Set<String> all = new HashSet<>();
        int sum = 0;
        for (Split split : Split.values()) {
            Set<String> prompts = prompts(directory, split);
            sum += prompts.size();
            all.addAll(prompts);
        }
        assertEquals(all.size(), sum);
    }

    @Test
    void givenTheSameFile_whenSpecifiedAgain_thenTheIdIsTheSameAndAnythingElseChangesIt() throws Exception {
        byte[] csv = "text,category\na,b\n".getBytes(StandardCharsets.UTF_8);
        SplitShares shares = new SplitShares(0.05, 0.05);
        String id = spec("a.csv", csv, "", shares).id();

        assertTrue(id.matches("d[0-9a-f]{16}"), id);
        assertEquals(id, spec("other.csv", csv, "", shares).id());
        assertNotEquals(id, spec("a.csv", csv, "prompt=category,completion=text", shares).id());
        assertNotEquals(id, spec("a.csv", csv, "", new SplitShares(0.1, 0.05)).id());
        assertNotEquals(id, spec("a.csv", "text,category\na,c\n".getBytes(StandardCharsets.UTF_8), "", shares).id());
    }

    @Test
    void givenFiveHundredBrokenRowsOfTenKinds_whenBuilt_thenExactlyThoseAreReported() throws Exception {
        BrokenCsv broken = BrokenCsv.of(2_000, 500);
        Path directory = directory();
        DatasetReport report = DatasetBuilder.build(spec("broken.csv", broken.bytes(), "prompt=text,completion=category", new SplitShares(0.05, 0.05)), directory).report();

        assertEquals(500, report.rows().rejected());
        assertEquals(500, Files.readAllLines(directory.resolve(DatasetReport.PROBLEMS_FILE)).size());
        assertEquals(2_000, report.rows().kept());
        assertEquals(broken.lines(), ProblemLines.of(directory.resolve(DatasetReport.PROBLEMS_FILE)));
        assertEquals(Map.of("wrong_column_count", 100L, "empty_prompt", 50L, "empty_completion", 50L, "bad_utf8", 50L, "unclosed_quote", 50L,
                "invalid_csv", 50L, "too_long", 50L, "control_character", 50L, "unknown_special_token", 50L), report.problems());
    }

    @Test
    void givenBanking77_whenBuilt_thenAllRowsAreTakenInSeconds() throws Exception {
        Path csv = Path.of(System.getProperty("hone.root")).resolve("../shared/data/banking77/train.csv").normalize();
        assumeTrue(Files.exists(csv), "skipped: ../shared/data/banking77/train.csv is not there");
        long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        Path directory = directory();
        DatasetReport report = DatasetBuilder.build(spec("train.csv", Files.readAllBytes(csv), "prompt=text,completion=category", new SplitShares(0.05, 0.05)), directory).report();

        assertEquals(10_003, report.rows().read());
        assertEquals(0, report.rows().rejected());
        assertEquals(10_003, report.rows().kept() + report.rows().duplicates());
        // CPU time, as the machine may have others to serve; about 5 s where this was written
        Duration took = Duration.ofNanos(ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start);
        assertTrue(took.toSeconds() < 30, "took " + took);
        System.out.println("banking77: " + report.rows() + ", train tokens " + report.trainTokens() + ", longest " + report.maxRowTokens() + ", CPU time " + took);
    }
}
