package dev.hone.datasets.read;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;

/** Takes what a reader finds, in the file's order. */
public interface RowSink {
    /** One row: a CSV record as an object of its columns, a paragraph as {@code {"text"}}, a JSON value as it stands. */
    void row(Place place, JsonNode value) throws IOException;

    void problem(Problem problem) throws IOException;
}
