package dev.hone.datasets.read;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Numbered lines as bytes, so that one line in another encoding does not spoil the next. */
final class LineReader {
    /** A longer line is cut: a file without line ends must not fill the memory. */
    static final int MAX_LINE_BYTES = 32 << 20;

    /** @param bytes without the line's end; @param cut whether the line was longer than the limit */
    record Line(long number, byte[] bytes, boolean cut) {
        boolean isBlank() {
            for (byte b : bytes) {
                if (b != ' ' && b != '\t' && b != '\r') {
                    return false;
                }
            }
            return true;
        }

        Problem tooLong(String file) {
            return Problem.error(new Place(file, number, 1), "too_long", "Expected a row of at most " + MAX_LINE_BYTES
                    + " bytes, found a longer one. Write each row on a line of its own.");
        }
    }

    private final InputStream in;
    private final Deque<Line> pushedBack = new ArrayDeque<>();
    private final byte[] buffer = new byte[1 << 16];
    private int position;
    private int filled;
    private long number;

    LineReader(InputStream in) {
        this.in = in;
    }

    /** The next line, or null at the end. */
    Line next() throws IOException {
        return pushedBack.isEmpty() ? read() : pushedBack.pop();
    }

    /** Makes {@code lines} the next ones again. */
    void unread(List<Line> lines) {
        lines.reversed().forEach(pushedBack::push);
    }

    private Line read() throws IOException {
        if (!fill()) {
            return null;
        }
        ByteArrayOutputStream line = new ByteArrayOutputStream(256);
        boolean cut = false;
        do {
            int end = endOfLine();
            int wanted = Math.min(end - position, MAX_LINE_BYTES - line.size());
            line.write(buffer, position, wanted);
            cut |= wanted < end - position;
            position = end;
            if (end < filled) {
                position++;
                break;
            }
        } while (fill());
        return new Line(++number, withoutReturn(line.toByteArray()), cut);
    }

    private boolean fill() throws IOException {
        if (position == filled) {
            filled = Math.max(0, in.read(buffer));
            position = 0;
        }
        return filled > 0;
    }

    private int endOfLine() {
        int end = position;
        while (end < filled && buffer[end] != '\n') {
            end++;
        }
        return end;
    }

    private static byte[] withoutReturn(byte[] line) {
        return line.length > 0 && line[line.length - 1] == '\r' ? java.util.Arrays.copyOf(line, line.length - 1) : line;
    }
}
