package dev.hone.datasets;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/** The lines that a rejected.jsonl names. */
final class ProblemLines {
    private ProblemLines() {}

    static Set<Long> of(Path problems) throws IOException {
        ObjectMapper json = new ObjectMapper();
        Set<Long> lines = new TreeSet<>();
        for (String problem : Files.readAllLines(problems)) {
            lines.add(json.readTree(problem).get("line").asLong());
        }
        return lines;
    }
}
