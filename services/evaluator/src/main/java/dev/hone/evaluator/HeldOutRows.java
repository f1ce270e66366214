package dev.hone.evaluator;

import dev.hone.jobs.JobFailure;
import dev.hone.llm.data.Row;
import dev.hone.llm.data.RowException;
import dev.hone.llm.data.Rows;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Rows that no candidate has learned from: the test split, or the validation split where a dataset is too small for both.
 *
 * @param split {@code test} or {@code validation}; the latter chose the adapter's best step, so it flatters a little
 */
record HeldOutRows(String split, List<Row> rows) {

    static HeldOutRows read(Path dataset) throws JobFailure {
        for (String split : List.of("test", "validation")) {
            List<Row> rows = rowsOf(dataset.resolve(split + ".jsonl"));
            if (!rows.isEmpty()) {
                return new HeldOutRows(split, rows);
            }
        }
        throw JobFailure.userError("no_held_out_rows", "Expected rows in test.jsonl or validation.jsonl of the dataset, found none:"
                + " a model cannot be judged on the rows it learned. Send at least 20 rows.");
    }

    private static List<Row> rowsOf(Path file) throws JobFailure {
        try {
            return Files.exists(file) ? Rows.read(file) : List.of();
        } catch (RowException e) {
            throw new JobFailure("unusable_rows", e.getMessage(), true, e);
        }
    }
}
