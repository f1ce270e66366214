package dev.hone.datasets;

import dev.hone.datasets.check.RowChecker;
import dev.hone.llm.data.Rows;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/** The three row files of a dataset directory, with their counts. */
public final class SplitWriter implements AutoCloseable {
    private final Map<Split, BufferedWriter> out = new EnumMap<>(Split.class);
    private final Map<Split, Long> rows = new EnumMap<>(Split.class);
    private long trainTokens;
    private int maxRowTokens;

    public SplitWriter(Path directory) throws IOException {
        for (Split split : Split.values()) {
            out.put(split, Files.newBufferedWriter(directory.resolve(split.fileName())));
            rows.put(split, 0L);
        }
    }

    public void write(Split split, RowChecker.Checked checked) throws IOException {
        write(split, Rows.format(checked.row()), checked.tokens(), checked.longest());
    }

    /** @param tokens that a model reads to learn the row; @param longest of them one behind the other */
    public void write(Split split, String canonical, int tokens, int longest) throws IOException {
        out.get(split).write(canonical);
        out.get(split).write('\n');
        rows.merge(split, 1L, Long::sum);
        trainTokens += split == Split.TRAIN ? tokens : 0;
        maxRowTokens = Math.max(maxRowTokens, longest);
    }

    public long trainTokens() {
        return trainTokens;
    }

    public int maxRowTokens() {
        return maxRowTokens;
    }

    public DatasetReport.Counts counts(long read, long rejected, long duplicates) {
        return new DatasetReport.Counts(read, rows.get(Split.TRAIN), rows.get(Split.VALIDATION), rows.get(Split.TEST), rejected, duplicates);
    }

    @Override
    public void close() throws IOException {
        for (BufferedWriter writer : out.values()) {
            writer.close();
        }
    }
}
