package dev.hone.datasets.read;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Everything a reader hands over, as text that a test can compare. */
final class Found implements RowSink {
    final List<String> rows = new ArrayList<>();
    final List<String> problems = new ArrayList<>();
    final List<String> messages = new ArrayList<>();

    static Found in(String name, String content) throws UnusableFile {
        return in(name, content.getBytes(StandardCharsets.UTF_8));
    }

    static Found in(String name, byte[] content) throws UnusableFile {
        try {
            Path file = Files.createTempFile("hone-read-", "");
            try {
                Files.write(file, content);
                Found found = new Found();
                DataFile.open(name, file).read(columns -> {}, found);
                return found;
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void row(Place place, JsonNode value) {
        rows.add(place.line() + ":" + place.column() + " " + value);
    }

    @Override
    public void problem(Problem problem) {
        problems.add(problem.line() + ":" + problem.column() + " " + problem.code());
        messages.add(problem.message());
    }
}
