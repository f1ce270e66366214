package dev.hone.datasets.read;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * CSV records with a bound on what one broken record can cost. A quote that is never closed makes everything after it
 * part of one field; so a record that runs over several lines is only believed when its quotes close properly.
 * Otherwise its first line alone is set aside, and reading goes on with the line after it.
 */
final class CsvRecords {
    /** A quoted field over more lines or bytes than this is taken for one that was never closed. */
    static final int MAX_RECORD_LINES = 2_000;
    static final int MAX_RECORD_BYTES = 4 << 20;

    /** One record, or why its line is none. */
    sealed interface Found {
        record Fields(Place place, List<String> fields) implements Found {}

        record Broken(Problem problem) implements Found {}
    }

    private final LineReader lines;
    private final String file;
    private final char separator;
    private final CsvReader.CsvReaderBuilder parser;
    private final Utf8 utf8 = new Utf8();

    CsvRecords(LineReader lines, String file, char separator) {
        this.lines = lines;
        this.file = file;
        this.separator = separator;
        this.parser = CsvReader.builder().fieldSeparator(separator).maxBufferSize(LineReader.MAX_LINE_BYTES + 1).skipEmptyLines(false);
    }

    /** The record that starts with {@code first}. @param width the number of columns it should have */
    Found startingWith(LineReader.Line first, int width) throws IOException {
        if (first.cut()) {
            return new Found.Broken(first.tooLong(file));
        }
        List<LineReader.Line> taken = new ArrayList<>(List.of(first));
        QuoteScan scan = new QuoteScan(separator);
        QuoteScan.State state = collect(taken, scan);
        if (state != QuoteScan.State.CLOSED) {
            int column = scan.column();
            lines.unread(taken.subList(1, taken.size()));
            return new Found.Broken(taken.size() == 1 && state == QuoteScan.State.BROKEN ? textAfterQuote(first, column) : unclosed(first));
        }
        return parsed(taken, width);
    }

    private QuoteScan.State collect(List<LineReader.Line> taken, QuoteScan scan) throws IOException {
        QuoteScan.State state = scan.line(taken.getFirst().bytes());
        int size = taken.getFirst().bytes().length;
        while (state == QuoteScan.State.OPEN && taken.size() < MAX_RECORD_LINES && size < MAX_RECORD_BYTES) {
            LineReader.Line line = lines.next();
            if (line == null) {
                return QuoteScan.State.OPEN;
            }
            taken.add(line);
            size += line.bytes().length;
            state = scan.line(line.bytes());
        }
        return state;
    }

    private Found parsed(List<LineReader.Line> taken, int width) {
        Place place = new Place(file, taken.getFirst().number(), 1);
        try {
            List<String> fields = fields(utf8.decode(joined(taken)));
            if (fields.size() != width && taken.size() > 1 && isRecord(taken.get(1), width)) {
                lines.unread(taken.subList(1, taken.size()));
                return new Found.Broken(unclosed(taken.getFirst()));
            }
            return fields.size() == width ? new Found.Fields(place, fields) : new Found.Broken(wrongCount(place, fields.size(), width));
        } catch (Utf8.BadBytes e) {
            return new Found.Broken(e.at(place));
        } catch (CsvParseException e) {
            return new Found.Broken(Problem.error(place, "invalid_csv", "Expected a CSV record, found something else: " + e.getMessage()));
        }
    }

    /** Whether a line that a quoted field seems to span is a whole record of its own: then the quote was a slip. */
    private boolean isRecord(LineReader.Line line, int width) {
        try {
            return new QuoteScan(separator).line(line.bytes()) == QuoteScan.State.CLOSED && fields(utf8.decode(line.bytes())).size() == width;
        } catch (Utf8.BadBytes | CsvParseException e) {
            return false;
        }
    }

    List<String> fields(String record) {
        return parser.ofSingleCsvRecord(record).getFields();
    }

    private static byte[] joined(List<LineReader.Line> taken) {
        if (taken.size() == 1) {
            return taken.getFirst().bytes();
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (LineReader.Line line : taken) {
            if (line != taken.getFirst()) {
                all.write('\n');
            }
            all.writeBytes(line.bytes());
        }
        return all.toByteArray();
    }

    private Problem unclosed(LineReader.Line line) {
        return Problem.error(new Place(file, line.number(), 1), "unclosed_quote", "Expected every quoted field to end with a quote, found one"
                + " that does not end in this row. Close it, and write a quote inside a field twice.");
    }

    private Problem textAfterQuote(LineReader.Line line, int column) {
        return Problem.error(new Place(file, line.number(), column), "invalid_csv",
                "Expected a separator after a closing quote, found more text. Write a quote inside a field twice.");
    }

    private Problem wrongCount(Place place, int found, int width) {
        return Problem.error(place, "wrong_column_count", "Expected " + width + " columns as in the header, found " + found
                + ". Put a field that holds '" + separator + "' in quotes.");
    }
}
