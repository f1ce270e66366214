package dev.hone.datasets.read;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Finds places in a file of any size, counting lines on the way. */
final class FileBytes {
    /** How a row begins is told from at most this many bytes. */
    private static final int MAX_ROW_START = 256;

    /** @param offset in bytes from 0; @param line and column from 1 */
    record Spot(long offset, long line, int column) {
        Spot next() {
            return new Spot(offset + 1, line, column + 1);
        }
    }

    private final Path path;

    FileBytes(Path path) {
        this.path = path;
    }

    InputStream open(long offset) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        channel.position(offset);
        return new BufferedInputStream(Channels.newInputStream(channel), 1 << 16);
    }

    /** The spot right behind the next occurrence of {@code wanted}, or null. */
    Spot after(Spot from, byte[] wanted) throws IOException {
        Spot found = find(from, wanted);
        return found == null ? null : new Spot(found.offset() + wanted.length, found.line(), found.column() + wanted.length);
    }

    /** The next occurrence of {@code wanted} at or behind {@code from}, or null. */
    Spot find(Spot from, byte[] wanted) throws IOException {
        try (InputStream in = open(from.offset())) {
            Spot spot = from;
            while (true) {
                in.mark(wanted.length);
                if (matches(in, wanted)) {
                    return spot;
                }
                in.reset();
                int b = in.read();
                if (b < 0) {
                    return null;
                }
                spot = b == '\n' ? new Spot(spot.offset() + 1, spot.line() + 1, 1) : spot.next();
            }
        }
    }

    private static boolean matches(InputStream in, byte[] wanted) throws IOException {
        for (byte b : wanted) {
            if (in.read() != (b & 0xFF)) {
                return false;
            }
        }
        return true;
    }

    /** From an opening brace to the colon after its first key, or null where there is none. */
    byte[] rowStart(Spot row) throws IOException {
        try (InputStream in = open(row.offset())) {
            ByteArrayOutputStream start = new ByteArrayOutputStream();
            for (int b = in.read(); b >= 0 && start.size() < MAX_ROW_START; b = in.read()) {
                if (start.size() == 0 && b != '{') {
                    return null;
                }
                start.write(b);
                if (b == ':') {
                    return start.toByteArray();
                }
            }
            return null;
        }
    }
}
