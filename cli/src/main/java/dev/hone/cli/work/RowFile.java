package dev.hone.cli.work;

import dev.hone.cli.console.Failure;
import dev.hone.datasets.check.ColumnMapping;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A user's file with rows, in any format that ingest takes.
 *
 * @param mapping which column is what; {@link ColumnMapping#NONE}: their names shall tell
 */
public record RowFile(Path file, ColumnMapping mapping) {
    public RowFile {
        if (!Files.isRegularFile(file)) {
            throw new Failure(Failure.USAGE, "Expected a file with rows in " + file + ", found no such file. Nothing is downloaded: name a file on this machine.");
        }
    }

    /** @param columns meaning to column, as {@code --map} has them */
    public static RowFile of(Path file, Map<String, String> columns) {
        return new RowFile(file, mapping(columns));
    }

    public static ColumnMapping mapping(Map<String, String> columns) {
        try {
            return new ColumnMapping(columns);
        } catch (IllegalArgumentException e) {
            throw new Failure(Failure.USAGE, e.getMessage());
        }
    }
}
