package dev.hone.cli.recipe;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
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
            if (text.stripLeading().startsWith("{")) {
                return JSON.readTree(text);
            }
            requireNoAlias(file, text);
            return YAML.readTree(text);
        } catch (NoSuchFileException e) {
            throw new Failure(Failure.USAGE, "Expected a recipe in " + file + ", found no such file.");
        } catch (JsonProcessingException e) {
            throw new Failure(Failure.USAGE, "Expected YAML or JSON in " + file + ", found an error at line " + e.getLocation().getLineNr() + ": " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new Failure("The recipe " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** A tree has no references: the alias's name would stand where its value belongs. */
    private static void requireNoAlias(Path file, String text) throws IOException {
        try (YAMLParser parser = new YAMLFactory().createParser(text)) {
            while (parser.nextToken() != null) {
                if (parser.isCurrentAlias()) {
                    throw new Failure(Failure.USAGE, "Expected every value written out in " + file + ", found the alias *" + parser.getText() + " in line "
                            + parser.currentTokenLocation().getLineNr() + ". Write in its place what it stands for.");
                }
            }
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
