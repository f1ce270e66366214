package dev.hone.datasets.read;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** A user's file on the local disk, whatever its container: rows and problems in its order, at constant memory. */
public final class DataFile {
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final String name;
    private final Path path;
    private final FileFormat format;

    private DataFile(String name, Path path, FileFormat format) {
        this.name = name;
        this.path = path;
        this.format = format;
    }

    /**
     * @param name as the sender calls it; problems bear it, and its ending helps to tell the format
     * @param path the bytes; gzip is taken for what it holds and replaced by it
     * @throws UnusableFile when it is in none of the known formats, naming what was found
     */
    public static DataFile open(String name, Path path) throws IOException, UnusableFile {
        decompress(name, path);
        try (InputStream in = Files.newInputStream(path)) {
            return new DataFile(name, path, FileFormat.detect(name, withoutMark(in.readNBytes(FileFormat.HEAD))));
        }
    }

    public FileFormat format() {
        return format;
    }

    /** The format as a word for reports: {@code csv}, {@code json_lines}, {@code json_array}, {@code text}. */
    public String formatName() {
        return format.name().toLowerCase(Locale.ROOT);
    }

    /** @param columnCheck asked once, for a table */
    public void read(ColumnCheck columnCheck, RowSink sink) throws IOException, UnusableFile {
        if (format == FileFormat.JSON_ARRAY) {
            new JsonArrayFile(name, path).read(sink);
            return;
        }
        try (InputStream in = openBehindMark()) {
            LineReader lines = new LineReader(in);
            switch (format) {
                case CSV -> new CsvFile(name, lines, columnCheck).read(sink);
                case TEXT -> new TextFile(name, lines).read(sink);
                default -> new JsonLinesFile(name, lines).read(sink);
            }
        }
    }

    private InputStream openBehindMark() throws IOException {
        InputStream in = new BufferedInputStream(Files.newInputStream(path));
        in.mark(BYTE_ORDER_MARK.length);
        if (!java.util.Arrays.equals(in.readNBytes(BYTE_ORDER_MARK.length), BYTE_ORDER_MARK)) {
            in.reset();
        }
        return in;
    }

    private static byte[] withoutMark(byte[] head) {
        boolean marked = head.length >= 3 && head[0] == BYTE_ORDER_MARK[0] && head[1] == BYTE_ORDER_MARK[1] && head[2] == BYTE_ORDER_MARK[2];
        return marked ? java.util.Arrays.copyOfRange(head, 3, head.length) : head;
    }

    private static void decompress(String name, Path path) throws IOException, UnusableFile {
        Path plain = path.resolveSibling(path.getFileName() + ".plain");
        try {
            if (unpack(name, path, plain)) {
                Files.move(plain, path, StandardCopyOption.REPLACE_EXISTING);
            }
        } finally {
            Files.deleteIfExists(plain);
        }
    }

    /**
     * Writes what a gzip file holds to {@code plain}, for callers whose file must stay as it is.
     *
     * @return false, and nothing is written, when it is not gzip
     * @throws UnusableFile when it is damaged
     */
    public static boolean unpack(String name, Path path, Path plain) throws IOException, UnusableFile {
        if (!isGzip(path)) {
            return false;
        }
        try (InputStream in = new GZIPInputStream(Files.newInputStream(path), 1 << 16)) {
            Files.copy(in, plain, StandardCopyOption.REPLACE_EXISTING);
            return true;
        } catch (EOFException | ZipException e) {
            throw new UnusableFile("broken_gzip", "Expected " + name + " to be whole, found gzip data that ends too early or is damaged"
                    + " (" + e.getMessage() + "). Compress and send it again.");
        }
    }

    private static boolean isGzip(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            return in.read() == 0x1F && in.read() == 0x8B;
        }
    }
}
