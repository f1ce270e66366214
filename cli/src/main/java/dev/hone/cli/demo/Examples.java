package dev.hone.cli.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.cli.console.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The files that the demonstration shows.
 *
 * @param dataset     what the model learns from
 * @param questions   phrasings that are not in the dataset, each on another subject
 * @param corrections what the shop wants answered from now on
 */
record Examples(Path dataset, List<String> questions, List<Correction> corrections) {
    private static final int QUESTIONS = 5;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** One user's objection. */
    record Correction(String question, String correction, String comment) {}

    static Examples load(Path folder) throws IOException {
        return new Examples(folder.resolve("support.jsonl"), questions(folder.resolve("support-heldout.jsonl")),
                rows(folder.resolve("support-feedback.jsonl")).map(Examples::correction).toList());
    }

    private static List<String> questions(Path file) throws IOException {
        Set<String> subjects = new HashSet<>();
        return rows(file).filter(row -> subjects.add(content(row, 1))).limit(QUESTIONS).map(row -> content(row, 0)).toList();
    }

    private static Correction correction(JsonNode row) {
        return new Correction(content(row, 0), row.path("correction").asText(), row.path("comment").asText());
    }

    private static String content(JsonNode row, int message) {
        return row.path("messages").path(message).path("content").asText();
    }

    private static Stream<JsonNode> rows(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new Failure("Expected the example " + file + ", found no such file. Is this a whole checkout?");
        }
        List<JsonNode> rows = new java.util.ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            rows.add(JSON.readTree(line));
        }
        return rows.stream();
    }
}
