package dev.hone.cli.recipe;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.hone.cli.console.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A recipe's text as a tree: JSON where it begins like JSON, else YAML. A key that stands twice is an error in both. */
final class RecipeFile {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory()).configure(JsonParser.Feature.STRICT_DUPLICATE_DETECTION, true);
    private static final ObjectMapper JSON = new ObjectMapper().configure(JsonParser.Feature.STRICT_DUPLICATE_DETECTION, true);

    private RecipeFile() {}

    static JsonNode read(Path file) {
        try {
            String text = Files.readString(file, StandardCharsets.UTF_8);
            return (text.stripLeading().startsWith("{") ? JSON : YAML).readTree(text);
        } catch (NoSuchFileException e) {
            throw new Failure(Failure.USAGE, "Expected a recipe in " + file + ", found no such file.");
        } catch (JsonProcessingException e) {
            throw new Failure(Failure.USAGE, "Expected YAML or JSON in " + file + ", found an error at line " + e.getLocation().getLineNr() + ": " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new Failure("The recipe " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** A message's JSON form. */
    static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a message's own JSON form cannot be read", e);
        }
    }

    /** One value as it would stand in a YAML file: {@code [int8, int4]}, {@code {q_proj: 8}}, {@code 3e-4}. */
    static JsonNode value(String text) {
        try {
            return YAML.readTree(text);
        } catch (JsonProcessingException e) {
            throw new Failure(Failure.USAGE, "Expected a value as in YAML, found \"" + text + "\": " + e.getOriginalMessage());
        }
    }
}
