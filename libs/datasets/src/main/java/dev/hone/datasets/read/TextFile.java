package dev.hone.datasets.read;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;

/** Raw text: paragraphs, that is lines up to a blank one, become rows {@code {"text"}}. */
final class TextFile {
    /** A text without blank lines is cut at a line's end when a paragraph grows to this. */
    private static final int MAX_PARAGRAPH_CHARS = 1 << 16;

    private final String file;
    private final LineReader lines;
    private final Utf8 utf8 = new Utf8();
    private final StringBuilder paragraph = new StringBuilder();
    private long start;

    TextFile(String file, LineReader lines) {
        this.file = file;
        this.lines = lines;
    }

    void read(RowSink sink) throws IOException {
        for (LineReader.Line line = lines.next(); line != null; line = lines.next()) {
            if (line.isBlank() || paragraph.length() > MAX_PARAGRAPH_CHARS) {
                end(sink);
            }
            if (line.cut()) {
                sink.problem(line.tooLong(file));
            } else if (!line.isBlank()) {
                add(line, sink);
            }
        }
        end(sink);
    }

    private void add(LineReader.Line line, RowSink sink) throws IOException {
        try {
            String text = utf8.decode(line.bytes());
            start = paragraph.isEmpty() ? line.number() : start;
            paragraph.append(paragraph.isEmpty() ? "" : "\n").append(text);
        } catch (Utf8.BadBytes e) {
            sink.problem(e.at(new Place(file, line.number(), 1)));
        }
    }

    private void end(RowSink sink) throws IOException {
        if (!paragraph.isEmpty()) {
            sink.row(new Place(file, start, 1), JsonNodeFactory.instance.objectNode().put("text", paragraph.toString().strip()));
            paragraph.setLength(0);
        }
    }
}
