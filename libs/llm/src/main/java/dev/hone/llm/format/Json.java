package dev.hone.llm.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** JSON files of a model directory, with errors that name the file. */
public final class Json {
    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private Json() {}

    public static JsonNode read(Path file) {
        try {
            return parse(Files.readAllBytes(file), file);
        } catch (IOException e) {
            throw new FormatException("Cannot read " + file + ": it does not exist or may not be read.", e);
        }
    }

    static JsonNode parse(byte[] bytes, Path file) {
        try {
            JsonNode node = MAPPER.readTree(bytes);
            if (node == null || !node.isObject()) {
                throw new FormatException("Expected a JSON object in " + file + ", found something else.");
            }
            return node;
        } catch (IOException e) {
            throw new FormatException("Expected JSON in " + file + ", found bytes that are none: " + e.getMessage(), e);
        }
    }

    public static com.fasterxml.jackson.databind.node.ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** Indented, so that a person can read it, with a final newline. */
    public static void write(Path file, JsonNode node) {
        try {
            Files.writeString(file, MAPPER.writeValueAsString(node) + "\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new FormatException("Cannot write " + file + ": " + e.getMessage(), e);
        }
    }
}
