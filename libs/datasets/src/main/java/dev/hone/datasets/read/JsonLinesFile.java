package dev.hone.datasets.read;

import java.io.IOException;

/** One JSON value a line. */
final class JsonLinesFile {
    private final String file;
    private final LineReader lines;
    private final RowJson json = new RowJson();

    JsonLinesFile(String file, LineReader lines) {
        this.file = file;
        this.lines = lines;
    }

    void read(RowSink sink) throws IOException {
        BlankLines blanks = new BlankLines(file);
        for (LineReader.Line line = lines.next(); line != null; line = lines.next()) {
            if (line.isBlank()) {
                blanks.met(line);
                continue;
            }
            blanks.report(sink);
            if (line.cut()) {
                sink.problem(line.tooLong(file));
            } else {
                json.parse(new Place(file, line.number(), 1), line.bytes(), sink);
            }
        }
    }
}
