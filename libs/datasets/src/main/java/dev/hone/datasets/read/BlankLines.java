package dev.hone.datasets.read;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Blank lines between rows are told, as a row may be missing there; those at the end of a file are just its end. */
final class BlankLines {
    /** Beyond this many in a row they are no longer told one by one. */
    private static final int MAX_PENDING = 1_000;

    private final String file;
    private final List<Long> pending = new ArrayList<>();

    BlankLines(String file) {
        this.file = file;
    }

    void met(LineReader.Line line) {
        if (pending.size() < MAX_PENDING) {
            pending.add(line.number());
        }
    }

    /** Call when a row follows. */
    void report(RowSink sink) throws IOException {
        for (long line : pending) {
            sink.problem(Problem.warning(new Place(file, line, 1), "blank_line", "Expected a row, found a blank line; it was passed over."));
        }
        pending.clear();
    }
}
