package dev.hone.datasets.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DataFileTest {

    @ParameterizedTest
    @CsvSource(delimiter = '>', value = {
        "a.csv         > 'q,a\n1,2'                > CSV",
        "a.CSV.GZ      > 'q,a\n1,2'                > CSV",
        "a.tsv         > 'q\ta\n1\t2'              > CSV",
        "a.jsonl       > '{\"a\":1}'               > JSON_LINES",
        "a.jsonl       > 'broken first line'       > JSON_LINES",
        "a.jsonl       > '[1]\n{\"a\":1}'          > JSON_LINES",
        "a.jsonl       > '[{\"a\":1}]'             > JSON_ARRAY",
        "a.json        > '[\n{\"a\":1}]'           > JSON_ARRAY",
        "a.json        > '{\"a\":1}\n{\"a\":2}'    > JSON_LINES",
        "a.txt         > '{\"a\":1}'               > TEXT",
        "upload        > '{\"a\":1}'               > JSON_LINES",
        "upload        > 'q,a\n1,2'                > CSV"})
    void givenNameAndContent_whenDetected_thenTheFormatIsTold(String name, String content, FileFormat format) throws UnusableFile {
        assertEquals(format, FileFormat.detect(name, content.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '>', value = {
        "a.xlsx > 504b030414000600 > unknown_format > spreadsheet",
        "a.parquet > 5041523115040000 > unknown_format > Parquet",
        "a.jsonl.zst > 28b52ffd00000000 > unknown_format > Zstandard",
        "a.csv > fffe71002c006100 > bad_utf8 > UTF-16",
        "a.json > 7b0a202261223a31 > unknown_format > one JSON object over several lines",
        "notes > 48656c6c6f20776f > unknown_format > .txt",
        "a.csv > 200a200a > empty_file > empty"})
    void givenWhatCannotBeRead_whenDetected_thenTheErrorSaysWhatWasFound(String name, String hex, String code, String word) {
        UnusableFile refused = assertThrows(UnusableFile.class, () -> FileFormat.detect(name, java.util.HexFormat.of().parseHex(hex)));
        assertEquals(code, refused.code());
        assertTrue(refused.getMessage().contains(word), refused.getMessage());
    }

    @Test
    void givenGzip_whenRead_thenItsContentIsRead() throws Exception {
        assertEquals(List.of("2:1 {\"q\":\"1\",\"a\":\"2\"}"), Found.in("a.csv.gz", gzip("q,a\n1,2\n")).rows);
    }

    @Test
    void givenGzipThatEndsTooEarly_whenOpened_thenRefused() throws IOException {
        byte[] whole = gzip("q,a\n" + "1,2\n".repeat(1000));
        UnusableFile refused = assertThrows(UnusableFile.class, () -> Found.in("a.csv.gz", Arrays.copyOf(whole, whole.length - 12)));
        assertEquals("broken_gzip", refused.code());
    }

    @Test
    void givenText_whenRead_thenParagraphsAreRows() throws Exception {
        Found found = Found.in("a.txt", "One line\nand another.\n\n\n  Second.  \n");
        assertEquals(List.of("1:1 {\"text\":\"One line\\nand another.\"}", "5:1 {\"text\":\"Second.\"}"), found.rows);
    }

    @Test
    void givenALineWithoutEnd_whenLongerThanTheLimit_thenItIsToldAndPassedOver() throws Exception {
        byte[] content = new byte[LineReader.MAX_LINE_BYTES + 100];
        Arrays.fill(content, (byte) 'x');
        byte[] tail = "\n{\"a\":1}\n".getBytes(StandardCharsets.UTF_8);
        System.arraycopy(tail, 0, content, content.length - tail.length, tail.length);
        Found found = Found.in("a.jsonl", content);
        assertEquals(List.of("1:1 too_long"), found.problems);
        assertEquals(List.of("2:1 {\"a\":1}"), found.rows);
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }
}
