package dev.hone.datasets.read;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** CSV with a header line; the separator is told from the header. */
final class CsvFile {
    private static final char[] SEPARATORS = {',', ';', '\t', '|'};

    private final String file;
    private final LineReader lines;
    private final ColumnCheck columnCheck;

    CsvFile(String file, LineReader lines, ColumnCheck columnCheck) {
        this.file = file;
        this.lines = lines;
        this.columnCheck = columnCheck;
    }

    void read(RowSink sink) throws IOException, UnusableFile {
        LineReader.Line header = firstLine();
        CsvRecords records = new CsvRecords(lines, file, separator(header));
        List<String> columns = columns(records, header);
        columnCheck.check(columns);
        BlankLines blanks = new BlankLines(file);
        for (LineReader.Line line = lines.next(); line != null; line = lines.next()) {
            if (line.isBlank()) {
                blanks.met(line);
                continue;
            }
            blanks.report(sink);
            switch (records.startingWith(line, columns.size())) {
                case CsvRecords.Found.Fields found -> sink.row(found.place(), object(columns, found.fields()));
                case CsvRecords.Found.Broken broken -> sink.problem(broken.problem());
            }
        }
    }

    private LineReader.Line firstLine() throws IOException, UnusableFile {
        LineReader.Line line = lines.next();
        while (line != null && line.isBlank()) {
            line = lines.next();
        }
        if (line == null) {
            throw new UnusableFile("empty_file", "Expected rows in " + file + ", found an empty file.");
        }
        return line;
    }

    private List<String> columns(CsvRecords records, LineReader.Line header) throws UnusableFile {
        try {
            List<String> columns = records.fields(new Utf8().decode(header.bytes())).stream().map(String::strip).toList();
            Set<String> names = new HashSet<>();
            for (String column : columns) {
                if (!names.add(column)) {
                    throw new UnusableFile("duplicate_column", "Expected columns of different names in " + file + ", found \"" + column
                            + "\" twice. Rename one.");
                }
            }
            return columns;
        } catch (Utf8.BadBytes e) {
            throw new UnusableFile("bad_utf8", "Expected the header of " + file + " in UTF-8, found a byte that is none. Convert the file to UTF-8.");
        } catch (RuntimeException e) {
            throw new UnusableFile("invalid_csv", "Expected a CSV header in the first line of " + file + ", found something else: " + e.getMessage());
        }
    }

    private static char separator(LineReader.Line header) {
        char best = ',';
        int most = 0;
        for (char candidate : SEPARATORS) {
            int count = 0;
            for (byte b : header.bytes()) {
                count += b == candidate ? 1 : 0;
            }
            if (count > most) {
                most = count;
                best = candidate;
            }
        }
        return best;
    }

    private static ObjectNode object(List<String> columns, List<String> fields) {
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        for (int i = 0; i < columns.size(); i++) {
            row.put(columns.get(i), fields.get(i));
        }
        return row;
    }
}
