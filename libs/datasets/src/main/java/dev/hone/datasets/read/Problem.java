package dev.hone.datasets.read;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.Objects;

/**
 * What is wrong with one row: one line of {@code rejected.jsonl}.
 *
 * @param file     the name the sender gave
 * @param line     of the row's start, from 1; 0 where the row has no line
 * @param column   in characters, from 1
 * @param code     a stable word, such as {@code empty_completion}
 * @param message  a sentence
 * @param severity {@code error}: the row is not in the dataset; {@code warning}: see the message
 */
@JsonPropertyOrder({"file", "line", "column", "code", "message", "severity"})
public record Problem(String file, long line, int column, String code, String message, String severity) {
    public static final String ERROR = "error";
    public static final String WARNING = "warning";

    public Problem {
        Objects.requireNonNull(file, "file");
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(message, "message");
    }

    public static Problem error(Place place, String code, String message) {
        return new Problem(place.file(), place.line(), place.column(), code, message, ERROR);
    }

    public static Problem warning(Place place, String code, String message) {
        return new Problem(place.file(), place.line(), place.column(), code, message, WARNING);
    }

    @JsonIgnore
    public boolean isError() {
        return severity.equals(ERROR);
    }
}
