package dev.hone.datasets;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.datasets.check.RowChecker;
import dev.hone.datasets.check.RowInterpreter;
import dev.hone.datasets.check.RowRejected;
import dev.hone.datasets.read.Place;
import dev.hone.datasets.read.Problem;
import dev.hone.datasets.read.RowSink;
import dev.hone.datasets.read.UnusableFile;
import dev.hone.llm.data.Rows;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a dataset's directory in two passes: the first checks the rows and spools them, the second deals them to the
 * parts, which can only be done when all prompts are known. Memory grows by some 100 bytes a row, whatever its length.
 */
public final class DatasetBuilder implements RowSink {
    private final DatasetSpec spec;
    private final RowInterpreter interpreter;
    private final RowChecker checker;
    private final ProblemLog problems;
    private final BufferedWriter spool;
    private final LongList hashes = new LongList();
    private final LongList tokens = new LongList();
    private final LongList longest = new LongList();
    private final Map<RowHash, Long> lineOfRow = new HashMap<>();
    private long read;
    private long duplicates;

    private DatasetBuilder(DatasetSpec spec, ProblemLog problems, BufferedWriter spool) {
        this.spec = spec;
        this.interpreter = new RowInterpreter(spec.mapping());
        this.checker = new RowChecker(spec.base());
        this.problems = problems;
        this.spool = spool;
    }

    /** @param firstProblems some of them, to show */
    public record Built(DatasetReport report, List<Problem> firstProblems) {}

    /** 128 bits of a row's SHA-256. */
    private record RowHash(long high, long low) {
        static RowHash of(String canonical) {
            ByteBuffer digest = ByteBuffer.wrap(Digests.sha256().digest(canonical.getBytes(StandardCharsets.UTF_8)));
            return new RowHash(digest.getLong(), digest.getLong());
        }
    }

    /**
     * @param directory exists and is empty; gets the rows, {@code rejected.jsonl} and {@code report.json}
     * @throws UnusableFile when not even the columns can be told
     */
    public static Built build(DatasetSpec spec, Path directory) throws IOException, UnusableFile {
        Path spool = directory.resolveSibling(directory.getFileName() + ".spool");
        try (ProblemLog problems = new ProblemLog(directory.resolve(DatasetReport.PROBLEMS_FILE))) {
            DatasetBuilder builder;
            try (BufferedWriter out = Files.newBufferedWriter(spool)) {
                builder = new DatasetBuilder(spec, problems, out);
                spec.file().read(builder.interpreter, builder);
            }
            DatasetReport report = builder.deal(spool, directory);
            Files.write(directory.resolve(DatasetReport.FILE), report.toJson());
            return new Built(report, problems.first());
        } finally {
            Files.deleteIfExists(spool);
        }
    }

    @Override
    public void row(Place place, JsonNode value) throws IOException {
        read++;
        try {
            for (RowChecker.Checked checked : checker.check(interpreter.interpret(value))) {
                add(place, checked);
            }
        } catch (RowRejected e) {
            problems.add(Problem.error(place, e.code(), e.getMessage()));
        }
    }

    @Override
    public void problem(Problem problem) throws IOException {
        read += problem.isError() ? 1 : 0;
        problems.add(problem);
    }

    private void add(Place place, RowChecker.Checked checked) throws IOException {
        String canonical = Rows.format(checked.row());
        Long firstLine = lineOfRow.putIfAbsent(RowHash.of(canonical), place.line());
        if (firstLine != null) {
            duplicates++;
            problems.add(Problem.warning(place, "duplicate", "Expected a row that is not there yet, found the one of line " + firstLine + " again; it was kept once."));
            return;
        }
        spool.write(canonical);
        spool.write('\n');
        hashes.add(Splitter.hash(checked.row()));
        tokens.add(checked.tokens());
        longest.add(checked.longest());
    }

    private DatasetReport deal(Path spool, Path directory) throws IOException {
        Splitter splitter = Splitter.of(spec.shares(), hashes.toArray());
        try (BufferedReader rows = Files.newBufferedReader(spool); SplitWriter out = new SplitWriter(directory)) {
            for (int i = 0; i < hashes.size(); i++) {
                out.write(splitter.of(hashes.get(i)), rows.readLine(), (int) tokens.get(i), (int) longest.get(i));
            }
            return report(out);
        }
    }

    private DatasetReport report(SplitWriter out) {
        return new DatasetReport(spec.id(), "", spec.fileName(), spec.file().formatName(), interpreter.kind().word(), interpreter.describe(), spec.mapping().columns(),
                spec.base().name(), spec.base().tokenizer().sha256(), spec.base().maxTokens(),
                out.counts(read, problems.errors(), duplicates), out.trainTokens(), out.maxRowTokens(), problems.counts(), Map.of());
    }
}
