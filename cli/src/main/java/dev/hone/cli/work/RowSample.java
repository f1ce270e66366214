package dev.hone.cli.work;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Files are often sorted, by label or by source: the first rows of one stand for nothing. */
public final class RowSample {
    private static final long SEED = 42;

    private RowSample() {}

    /**
     * Brings the rows of a JSONL file into an order drawn once and for all: any number of its first rows is a sample of all,
     * the same one each time.
     */
    public static void mix(Path jsonl) throws IOException {
        List<String> lines = new ArrayList<>(Files.readAllLines(jsonl));
        Collections.shuffle(lines, new Random(SEED));
        Files.write(jsonl, lines);
    }
}
