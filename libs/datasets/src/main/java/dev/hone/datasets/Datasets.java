package dev.hone.datasets;

import dev.hone.datasets.check.BaseModel;
import dev.hone.datasets.check.ColumnMapping;
import dev.hone.datasets.read.DataFile;
import dev.hone.datasets.read.UnusableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A user's file as a dataset on this machine, with the formats, checks and words that ingest has. */
public final class Datasets {
    private Datasets() {}

    /**
     * Checks the file's rows and writes those that can be learned.
     *
     * @param file      in any of the known formats; it is left as it is
     * @param mapping   which columns mean what; {@link ColumnMapping#NONE} where their names shall tell
     * @param base      whose tokenizer counts and whose context bounds the rows; {@link BaseModel#limitedTo} a recipe's
     *                  sequence_len as ingest does
     * @param shares    of rows held out for validation and test; with zeros all rows are trained on
     * @param directory is made if it is missing; gets {@code train.jsonl}, {@code validation.jsonl}, {@code test.jsonl}
     *                  (empty where nothing is held out), {@code rejected.jsonl} with a line per problem, {@code report.json}
     * @throws UnusableFile when the file is in no known format, its columns cannot be told, or no row is left, saying why
     */
    public static DatasetBuilder.Built prepare(Path file, ColumnMapping mapping, BaseModel base, SplitShares shares, Path directory)
            throws IOException, UnusableFile {
        Files.createDirectories(directory);
        String name = file.getFileName().toString();
        Path unpacked = directory.resolveSibling(directory.getFileName() + ".unpacked");
        try {
            Path plain = DataFile.unpack(name, file, unpacked) ? unpacked : file;
            DatasetSpec spec = new DatasetSpec(DataFile.open(name, plain), name, Digests.sha256(plain), mapping, base, shares);
            DatasetBuilder.Built built = DatasetBuilder.build(spec, directory);
            if (built.report().rows().kept() == 0) {
                throw new UnusableFile("empty_dataset", built.report().nothingLeft() + " The reasons are in " + directory.resolve(DatasetReport.PROBLEMS_FILE) + ".");
            }
            return built;
        } finally {
            Files.deleteIfExists(unpacked);
        }
    }
}
