package dev.hone.cli.work;

import dev.hone.cli.console.Failure;
import dev.hone.datasets.DatasetBuilder;
import dev.hone.datasets.DatasetReport;
import dev.hone.datasets.Datasets;
import dev.hone.datasets.SplitShares;
import dev.hone.datasets.check.BaseModel;
import dev.hone.datasets.read.UnusableFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Rows that were checked and written as training reads them.
 *
 * @param validation null where there are none
 * @param rowKind chat, text or preference
 * @param notes what was left out, and why
 */
public record LocalData(Path train, Path validation, long trainRows, long validationRows, int maxRowTokens, String rowKind, List<String> notes) {

    /**
     * Reads the files as ingest does.
     *
     * @param train rows to learn, in this order
     * @param validation rows to hold out; empty: a share of {@code train} is
     * @param sequenceLen where the recipe says it: longer rows are set aside
     * @param share of the training rows that is held out where no validation file is named
     * @param work gets the rows
     * @param rejected gets a line for each row that cannot be used, and why; not there where all can
     */
    public static LocalData prepare(List<RowFile> train, List<RowFile> validation, Path model, OptionalInt sequenceLen, double share, Path work, Path rejected) throws IOException {
        BaseModel whole = BaseModel.load(model.toAbsolutePath().normalize().getFileName().toString(), model);
        try (var tokenizer = whole.tokenizer()) {
            BaseModel base = sequenceLen.isPresent() ? whole.limitedTo(sequenceLen.getAsInt()) : whole;
            boolean splits = validation.isEmpty();
            Part learned = Part.of(train, base, new SplitShares(splits ? share : 0, 0), work.resolve("train"), rejected);
            Part held = Part.of(validation, base, new SplitShares(0, 0), work.resolve("validation"), rejected);
            Files.deleteIfExists(rejected);
            learned.appendRejected();
            held.appendRejected();
            Path heldRows = splits ? learned.joined("validation.jsonl") : held.joined("train.jsonl");
            long heldCount = splits ? learned.reports.stream().mapToLong(r -> r.rows().validation()).sum() : held.trainRows();
            List<String> notes = new ArrayList<>(learned.notes);
            notes.addAll(held.notes);
            return new LocalData(learned.joined("train.jsonl"), heldCount == 0 ? null : heldRows, learned.trainRows(), heldCount, learned.maxRowTokens(), learned.rowKind(), notes);
        }
    }

    /** Some files, each in its own directory. */
    private record Part(List<Path> directories, List<DatasetReport> reports, List<String> notes, Path directory, Path rejected) {

        static Part of(List<RowFile> files, BaseModel base, SplitShares shares, Path directory, Path rejected) throws IOException {
            Part part = new Part(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), directory, rejected);
            for (RowFile file : files) {
                part.add(file, base, shares);
            }
            return part;
        }

        private void add(RowFile file, BaseModel base, SplitShares shares) throws IOException {
            Path own = directory.resolve(String.valueOf(directories.size()));
            try {
                DatasetBuilder.Built built = Datasets.prepare(file.file(), file.mapping(), base, shares, own);
                directories.add(own);
                reports.add(built.report());
                long unused = built.report().rows().rejected();
                if (unused > 0) {
                    notes.add(file.file() + ": " + unused + (unused == 1 ? " row is" : " rows are") + " not used. " + built.firstProblems().stream().filter(p -> p.isError())
                            .findFirst().map(p -> "Line " + p.line() + ": " + p.message()).orElse("") + " All of them: " + rejected);
                }
            } catch (UnusableFile e) {
                throw new Failure(file.file() + ": " + e.getMessage(), e);
            }
        }

        /** The files of one name after each other. */
        Path joined(String name) throws IOException {
            Path all = directory.resolve(name);
            Files.createDirectories(directory);
            try (OutputStream out = Files.newOutputStream(all)) {
                for (Path one : directories) {
                    Files.copy(one.resolve(name), out);
                }
            }
            return all;
        }

        /** Adds to one file what is wrong with the rows of all; warnings alone make none. */
        void appendRejected() throws IOException {
            for (int i = 0; i < directories.size(); i++) {
                if (reports.get(i).rows().rejected() > 0) {
                    Files.write(rejected, Files.readAllBytes(directories.get(i).resolve(DatasetReport.PROBLEMS_FILE)), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                }
            }
        }

        long trainRows() {
            return reports.stream().mapToLong(report -> report.rows().train()).sum();
        }

        int maxRowTokens() {
            return reports.stream().mapToInt(DatasetReport::maxRowTokens).max().orElse(0);
        }

        String rowKind() {
            return reports.stream().map(DatasetReport::rowKind).distinct().reduce((a, b) -> "").orElse("");
        }
    }
}
