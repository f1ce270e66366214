package dev.hone.datasets;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.datasets.check.ColumnMapping;
import dev.hone.datasets.check.HoneNano;
import dev.hone.datasets.read.UnusableFile;
import dev.hone.llm.data.Row;
import dev.hone.llm.data.Rows;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetsTest {
    private static final SplitShares ALL = new SplitShares(0, 0);

    @TempDir
    private Path temporary;

    @Test
    void givenACompressedFile_whenPrepared_thenItsRowsAreThereAndTheFileIsAsItWas() throws Exception {
        Path file = temporary.resolve("questions.csv.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write("question,answer\nWhy?,Because.\nHow?,\n".getBytes(StandardCharsets.UTF_8));
        }
        byte[] before = Files.readAllBytes(file);

        DatasetBuilder.Built built = Datasets.prepare(file, ColumnMapping.NONE, HoneNano.base(), ALL, temporary.resolve("new/dataset"));

        assertEquals(1, Rows.read(temporary.resolve("new/dataset/train.jsonl")).size());
        assertEquals("empty_completion", built.firstProblems().getFirst().code());
        assertEquals(built.report(), DatasetReport.fromJson(Files.readAllBytes(temporary.resolve("new/dataset/report.json"))));
        assertArrayEquals(before, Files.readAllBytes(file));
        try (Stream<Path> left = Files.list(temporary.resolve("new"))) {
            assertEquals(1, left.count());
        }
    }

    @Test
    void givenPairs_whenPrepared_thenTheyAreSplitByPromptCountedAndKeptOnce() throws Exception {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 60; i++) {
            lines.append("{\"prompt\":\"Question ").append(i % 30).append("?\",\"chosen\":\"Good ").append(i).append("\",\"rejected\":\"Bad\"}\n");
        }
        lines.append("{\"prompt\":\"Question 0?\",\"chosen\":\"Good 0\",\"rejected\":\"Bad\"}\n{\"prompt\":\"p\",\"chosen\":\"Bad\",\"rejected\":\"Bad\"}\n");
        Path file = Files.writeString(temporary.resolve("pairs.jsonl"), lines);
        Path directory = temporary.resolve("d");

        DatasetReport report = Datasets.prepare(file, ColumnMapping.NONE, HoneNano.base(), new SplitShares(0.2, 0.2), directory).report();

        assertEquals("preference", report.rowKind());
        assertEquals(Map.of("duplicate", 1L, "identical_pair", 1L), report.problems());
        List<Row> train = Rows.read(directory.resolve("train.jsonl"));
        assertEquals(report.trainTokens(), train.stream().map(row -> ((Row.Preference) row).tokenizePair(HoneNano.base().tokenizer(), 512))
                .mapToLong(pair -> pair.chosen().length() + pair.rejected().length()).sum());
        Set<Row> prompts = Set.copyOf(train.stream().map(row -> (Row) new Row.Chat(((Row.Preference) row).prompt())).toList());
        List<Row> heldOut = Rows.read(directory.resolve("test.jsonl"));
        assertTrue(heldOut.size() > 1, "held out: " + heldOut.size());
        assertTrue(heldOut.stream().noneMatch(row -> prompts.contains(new Row.Chat(((Row.Preference) row).prompt()))));
        assertEquals(60, report.rows().kept());
    }

    @Test
    void givenNoUsableRow_whenPrepared_thenTheErrorCountsTheReasonsAndTheirPlacesAreThere() throws Exception {
        Path file = Files.writeString(temporary.resolve("a.csv"), "question,answer\nWhy?,\n");
        UnusableFile error = assertThrows(UnusableFile.class,
                () -> Datasets.prepare(file, ColumnMapping.NONE, HoneNano.base(), ALL, temporary.resolve("d")));
        assertEquals("empty_dataset", error.code());
        assertTrue(error.getMessage().contains("{empty_completion=1}"), error.getMessage());
        assertEquals(1, Files.readAllLines(temporary.resolve("d/rejected.jsonl")).size());
    }
}
