package dev.hone.datasets.read;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Path;

/**
 * A JSON array of rows, of any size, on one line or many. After a broken row it goes on at the next place that begins
 * as the rows before did ({@code {"instruction":}, with its white space), so that one bad row costs only itself.
 */
final class JsonArrayFile {
    private static final byte[] OPEN = {'['};
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION).build();

    private final String file;
    private final FileBytes bytes;
    /** Where the parser at work began: a byte of the file that is now its first, after an invented bracket. */
    private FileBytes.Spot origin;
    private FileBytes.Spot row;
    private byte[] rowStart;

    JsonArrayFile(String file, Path path) {
        this.file = file;
        this.bytes = new FileBytes(path);
    }

    void read(RowSink sink) throws IOException {
        origin = bytes.after(new FileBytes.Spot(0, 1, 1), OPEN);
        while (origin != null) {
            row = origin;
            try (JsonParser parser = parserFrom(origin)) {
                rows(parser, sink);
                return;
            } catch (JsonProcessingException e) {
                sink.problem(problem(e));
                origin = rowStart == null ? null : bytes.find(row.next(), rowStart);
            }
        }
    }

    private JsonParser parserFrom(FileBytes.Spot spot) throws IOException {
        InputStream in = bytes.open(spot.offset());
        return MAPPER.getFactory().createParser(new SequenceInputStream(new ByteArrayInputStream(OPEN), in));
    }

    private void rows(JsonParser parser, RowSink sink) throws IOException {
        parser.nextToken();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            row = spot(parser.currentTokenLocation());
            if (rowStart == null) {
                rowStart = bytes.rowStart(row);
            }
            JsonNode value = MAPPER.readTree(parser);
            sink.row(new Place(file, row.line(), row.column()), value);
        }
        row = spot(parser.currentTokenLocation());
        if (parser.nextToken() != null) {
            sink.problem(Problem.error(new Place(file, row.line(), row.column()), "invalid_json",
                    "Expected the end of the file after the array's closing bracket, found more, which was not read."));
        }
    }

    /** Undoes the invented bracket and adds what lies before the parser's origin. */
    private FileBytes.Spot spot(JsonLocation at) {
        boolean firstLine = at.getLineNr() == 1;
        return new FileBytes.Spot(origin.offset() + at.getByteOffset() - 1, origin.line() + at.getLineNr() - 1,
                firstLine ? Math.max(1, origin.column() + at.getColumnNr() - 2) : Math.max(1, at.getColumnNr()));
    }

    private Problem problem(JsonProcessingException e) {
        FileBytes.Spot at = e.getLocation() == null ? row : spot(e.getLocation());
        Place place = new Place(file, at.line(), at.column());
        String what = e.getOriginalMessage();
        if (what.startsWith("Invalid UTF-8")) {
            return Problem.error(place, "bad_utf8", "Expected text in UTF-8, found bytes that are none. "
                    + "The file may be in another encoding: convert it, for example with iconv -t UTF-8.");
        }
        return Problem.error(place, "invalid_json", "Expected a row of a JSON array, found something else: " + RowJson.firstSentence(what));
    }
}
