package dev.hone.datasets.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.text.ChatTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/**
 * What checking needs of a base model; its weights are none of it.
 *
 * @param maxTokens     the longest row it can take in
 * @param specialTokens their names as they would stand in a text
 */
public record BaseModel(String name, ChatTokenizer tokenizer, int maxTokens, Set<String> specialTokens) {
    private static final String CONFIG = "config.json";
    private static final JsonMapper JSON = new JsonMapper();

    public BaseModel {
        Objects.requireNonNull(tokenizer, "tokenizer");
        specialTokens = Set.copyOf(specialTokens);
        if (maxTokens < 1) {
            throw new IllegalArgumentException("expected a context of at least one token, found " + maxTokens);
        }
    }

    /**
     * @param name      as messages shall call it
     * @param directory holds {@code config.json} and the tokenizer's files; weights are not looked at
     * @throws FormatException when they do not say what is needed
     */
    public static BaseModel load(String name, Path directory) throws IOException {
        if (!Files.exists(directory.resolve(CONFIG))) {
            throw new FormatException("Expected " + CONFIG + " in " + directory.getFileName() + ", found none.");
        }
        int context = JSON.readTree(directory.resolve(CONFIG).toFile()).path("max_position_embeddings").asInt();
        if (context < 1) {
            throw new FormatException("Expected max_position_embeddings in " + CONFIG + ", found none.");
        }
        return new BaseModel(name, ChatTokenizer.load(directory), context, specialTokens(directory));
    }

    private static Set<String> specialTokens(Path directory) throws IOException {
        Set<String> special = new HashSet<>();
        for (JsonNode token : JSON.readTree(directory.resolve("tokenizer.json").toFile()).path("added_tokens")) {
            if (token.path("special").asBoolean()) {
                special.add(token.path("content").asText());
            }
        }
        return special;
    }

    /** The same, for rows of at most {@code tokens}. */
    public BaseModel limitedTo(int tokens) {
        return new BaseModel(name, tokenizer, Math.min(maxTokens, tokens), specialTokens);
    }
}
