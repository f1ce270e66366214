package dev.hone.datasets.read;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;

/** One JSON value out of the bytes of one row. */
final class RowJson {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    private final Utf8 utf8 = new Utf8();

    /** Hands the value to the sink, or the problem that there is none. */
    void parse(Place place, byte[] bytes, RowSink sink) throws IOException {
        JsonNode value;
        try {
            value = MAPPER.readTree(utf8.decode(bytes));
        } catch (Utf8.BadBytes e) {
            sink.problem(e.at(place));
            return;
        } catch (JsonProcessingException e) {
            sink.problem(broken(place, e));
            return;
        }
        sink.row(place, value);
    }

    private static Problem broken(Place place, JsonProcessingException e) {
        JsonLocation at = e.getLocation();
        Place where = at == null || at.getLineNr() < 1 ? place
                : new Place(place.file(), place.line() + at.getLineNr() - 1, Math.max(1, at.getColumnNr()) + (at.getLineNr() == 1 ? place.column() - 1 : 0));
        return Problem.error(where, "invalid_json", "Expected a JSON value, found something else: " + firstSentence(e.getOriginalMessage()));
    }

    /** Jackson appends where it looked; line and column already say so. */
    static String firstSentence(String message) {
        int end = message.indexOf("\n");
        return end < 0 ? message : message.substring(0, end);
    }
}
