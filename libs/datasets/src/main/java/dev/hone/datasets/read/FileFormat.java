package dev.hone.datasets.read;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The containers that can be read, told from a file's name and first bytes. */
public enum FileFormat {
    CSV, JSON_LINES, JSON_ARRAY, TEXT;

    /** Bytes of the head that detection looks at. */
    static final int HEAD = 1 << 16;

    private static final String EXPECTED = "Expected JSON lines (.jsonl), a JSON array (.json), CSV with a header (.csv, .tsv)"
            + " or plain text (.txt), each also as .gz";

    private static final Map<String, String> FOREIGN = Map.of(
            "504b0304", "a ZIP archive or a spreadsheet (export it as CSV)",
            "50415231", "Parquet (convert it to JSON lines)",
            "4152524f", "Arrow (convert it to JSON lines)",
            "28b52ffd", "Zstandard compression (decompress it, or use gzip)",
            "425a6839", "bzip2 compression (decompress it, or use gzip)",
            "25504446", "a PDF document (export its text)");

    static FileFormat detect(String name, byte[] head) throws UnusableFile {
        refuseForeign(name, head);
        String text = new String(head, StandardCharsets.UTF_8);
        String start = text.stripLeading();
        if (start.isEmpty()) {
            throw new UnusableFile("empty_file", "Expected rows in " + name + ", found an empty file.");
        }
        return switch (extension(name)) {
            case "csv", "tsv" -> CSV;
            case "txt", "text", "md" -> TEXT;
            case "jsonl", "ndjson" -> start.startsWith("[") && !isLineOfLines(start) ? JSON_ARRAY : JSON_LINES;
            default -> byContent(name, start);
        };
    }

    private static FileFormat byContent(String name, String start) throws UnusableFile {
        List<String> firstLines = start.lines().limit(2).toList();
        if (start.startsWith("[")) {
            return isLineOfLines(start) ? JSON_LINES : JSON_ARRAY;
        }
        if (start.startsWith("{")) {
            if (firstLines.size() == 2 && !firstLines.getFirst().strip().endsWith("}")) {
                throw unknown(name, "one JSON object over several lines. Put the rows into an array, or each on a line of its own");
            }
            return JSON_LINES;
        }
        if (firstLines.size() == 2 && firstLines.stream().allMatch(line -> line.matches(".*[,;\t|].*"))) {
            return CSV;
        }
        throw unknown(name, "text that is none of them. If it is plain text, give it a name that ends with .txt");
    }

    /** Whether the first line is an array of its own among other lines: then the file is JSON lines with a bad first row. */
    private static boolean isLineOfLines(String start) {
        List<String> firstLines = start.lines().filter(line -> !line.isBlank()).limit(2).toList();
        return firstLines.size() == 2 && firstLines.getFirst().strip().endsWith("]") && firstLines.get(1).startsWith("{");
    }

    private static void refuseForeign(String name, byte[] head) throws UnusableFile {
        if (head.length >= 2 && (head[0] == (byte) 0xFF && head[1] == (byte) 0xFE || head[0] == (byte) 0xFE && head[1] == (byte) 0xFF)) {
            throw new UnusableFile("bad_utf8", "Expected " + name + " in UTF-8, found UTF-16. Convert it, for example with iconv -f UTF-16 -t UTF-8.");
        }
        String magic = head.length < 4 ? "" : java.util.HexFormat.of().formatHex(Arrays.copyOf(head, 4));
        if (FOREIGN.containsKey(magic)) {
            throw unknown(name, FOREIGN.get(magic));
        }
    }

    private static UnusableFile unknown(String name, String found) {
        return new UnusableFile("unknown_format", EXPECTED + "; found in " + name + " " + found + ".");
    }

    private static String extension(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        String plain = lower.endsWith(".gz") ? lower.substring(0, lower.length() - 3) : lower;
        return plain.substring(plain.lastIndexOf('.') + 1);
    }
}
