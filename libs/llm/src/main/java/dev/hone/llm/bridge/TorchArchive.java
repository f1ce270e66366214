package dev.hone.llm.bridge;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Packs TorchScript source text into the archive that {@code torch.jit.save} would write: a zip of stored entries with the
 * source, an empty constant table, and a pickle of one instance of the program's class with its scalar attributes. No
 * Python is involved.
 */
final class TorchArchive {
    // Pickle protocol 2 opcodes, https://github.com/python/cpython/blob/main/Lib/pickletools.py
    private static final int PROTO = 0x80;
    private static final int GLOBAL = 'c';
    private static final int EMPTY_TUPLE = ')';
    private static final int NEWOBJ = 0x81;
    private static final int EMPTY_DICT = '}';
    private static final int MARK = '(';
    private static final int BINUNICODE = 'X';
    private static final int NEWTRUE = 0x88;
    private static final int NEWFALSE = 0x89;
    private static final int BININT = 'J';
    private static final int BINFLOAT = 'G';
    private static final int SETITEMS = 'u';
    private static final int BUILD = 'b';
    private static final int STOP = '.';

    /** The zip format's earliest date, so that equal programs give equal bytes. */
    private static final long DOS_EPOCH = 0x21L << 16;

    private TorchArchive() {}

    /**
     * @param className the class that {@code source} defines
     * @param attributes Integer, Double or Boolean values of every attribute that the class declares
     */
    static byte[] pack(String className, String source, SequencedMap<String, Object> attributes) {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("program/data.pkl", instance(className, attributes));
        entries.put("program/code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
        entries.put("program/constants.pkl", new byte[] {(byte) PROTO, 2, (byte) EMPTY_TUPLE, (byte) STOP});
        entries.put("program/version", "10\n".getBytes(StandardCharsets.US_ASCII));
        return zip(entries);
    }

    private static byte[] instance(String className, SequencedMap<String, Object> attributes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(PROTO);
        out.write(2);
        out.write(GLOBAL);
        out.writeBytes(("__torch__\n" + className + "\n").getBytes(StandardCharsets.US_ASCII));
        out.write(EMPTY_TUPLE);
        out.write(NEWOBJ);
        out.write(EMPTY_DICT);
        if (!attributes.isEmpty()) {
            out.write(MARK);
            attributes.forEach((name, value) -> item(out, name, value));
            out.write(SETITEMS);
        }
        out.write(BUILD);
        out.write(STOP);
        return out.toByteArray();
    }

    private static void item(ByteArrayOutputStream out, String name, Object value) {
        byte[] key = name.getBytes(StandardCharsets.UTF_8);
        out.write(BINUNICODE);
        littleEndian(out, key.length);
        out.writeBytes(key);
        switch (value) {
            case Boolean b -> out.write(b ? NEWTRUE : NEWFALSE);
            case Integer i -> {
                out.write(BININT);
                littleEndian(out, i);
            }
            case Double d -> {
                out.write(BINFLOAT);
                long bits = Double.doubleToLongBits(d);
                for (int shift = 56; shift >= 0; shift -= 8) {
                    out.write((int) (bits >>> shift));
                }
            }
            default -> throw new IllegalArgumentException("A program's attribute is an Integer, Double or Boolean; " + name
                    + " is a " + value.getClass().getSimpleName() + ".");
        }
    }

    private static void littleEndian(ByteArrayOutputStream out, int value) {
        for (int shift = 0; shift < 32; shift += 8) {
            out.write(value >>> shift);
        }
    }

    private static byte[] zip(Map<String, byte[]> entries) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> file : entries.entrySet()) {
                zip.putNextEntry(stored(file.getKey(), file.getValue()));
                zip.write(file.getValue());
                zip.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static ZipEntry stored(String name, byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        ZipEntry entry = new ZipEntry(name);
        entry.setTime(DOS_EPOCH);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes.length);
        entry.setCompressedSize(bytes.length);
        entry.setCrc(crc.getValue());
        return entry;
    }
}
