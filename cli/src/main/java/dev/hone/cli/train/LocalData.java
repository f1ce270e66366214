package dev.hone.cli.train;

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
record LocalData(Path train, Path validation, long trainRows, long validationRows, int maxRowTokens, String rowKind, List<String> notes) {

    /**
     * Reads the files as ingest does.
     *
     * @param sequenceLen where the recipe says it: longer rows are set aside
     * @param share of the training rows that is held out where no validation file is named
     * @param work gets the rows
     */
    static LocalData prepare(Inputs inputs, Path model, OptionalInt sequenceLen, double share, Path work) throws IOException {
        BaseModel whole = BaseModel.load(model.getFileName().toString(), model);
        try (var tokenizer = whole.tokenizer()) {
            BaseModel base = sequenceLen.isPresent() ? whole.limitedTo(sequenceLen.getAsInt()) : whole;
            boolean splits = inputs.validation().isEmpty();
            Part train = Part.of(inputs.train(), base, new SplitShares(splits ? share : 0, 0), work.resolve("train"));
            Part held = Part.of(inputs.validation(), base, new SplitShares(0, 0), work.resolve("validation"));
            Path validation = splits ? train.joined("validation.jsonl") : held.joined("train.jsonl");
            long validationRows = splits ? train.reports.stream().mapToLong(r -> r.rows().validation()).sum() : held.trainRows();
            List<String> notes = new ArrayList<>(train.notes);
            notes.addAll(held.notes);
            return new LocalData(train.joined("train.jsonl"), validationRows == 0 ? null : validation, train.trainRows(), validationRows, train.maxRowTokens(), train.rowKind(), notes);
        }
    }

    /** Some files, each in its own directory. */
    private record Part(List<Path> directories, List<DatasetReport> reports, List<String> notes, Path directory) {

        static Part of(List<Inputs.DataFile> files, BaseModel base, SplitShares shares, Path directory) throws IOException {
            Part part = new Part(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), directory);
            for (Inputs.DataFile file : files) {
                part.add(file, base, shares);
            }
            return part;
        }

        private void add(Inputs.DataFile file, BaseModel base, SplitShares shares) throws IOException {
            Path own = directory.resolve(String.valueOf(directories.size()));
            try {
                DatasetBuilder.Built built = Datasets.prepare(file.file(), file.mapping(), base, shares, own);
                directories.add(own);
                reports.add(built.report());
                long rejected = built.report().rows().rejected();
                if (rejected > 0) {
                    notes.add(file.file() + ": " + rejected + (rejected == 1 ? " row is" : " rows are") + " not used. " + built.firstProblems().stream().filter(p -> p.isError())
                            .findFirst().map(p -> "Line " + p.line() + ": " + p.message()).orElse("") + " All of them: " + own.resolve(DatasetReport.PROBLEMS_FILE));
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
