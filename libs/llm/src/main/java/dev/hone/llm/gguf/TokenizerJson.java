package dev.hone.llm.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A model directory's tokenizer as its files have it. */
final class TokenizerJson {
    private static final String FILE = "tokenizer.json";

    private final Path directory;
    private final JsonNode root;
    private final JsonNode config;
    private final Map<Integer, String> vocabulary = new TreeMap<>();
    private final Map<Integer, Added> added = new TreeMap<>();
    private final Map<String, Integer> ids = new HashMap<>();

    /**
     * @param special whether it steers and is no text
     * @param swallowsSpace whether white space after it is part of it
     */
    record Added(String content, boolean special, boolean swallowsSpace) {}

    TokenizerJson(Path directory) {
        this.directory = directory;
        if (!Files.exists(directory.resolve(FILE))) {
            throw new FormatException("Expected a " + FILE + " in " + directory + ", found none. A GGUF file holds its tokenizer; convert it to that form.");
        }
        root = Json.read(directory.resolve(FILE));
        config = optional("tokenizer_config.json");
        String type = model().path("type").asText("");
        if (!type.equals("BPE") || !model().path("vocab").isObject()) {
            throw new FormatException("Expected a tokenizer of the type BPE in " + directory.resolve(FILE) + ", found " + (type.isEmpty() ? "none" : type) + ". Hone writes GGUF files of BPE tokenizers only.");
        }
        model().path("vocab").properties().forEach(entry -> vocabulary.put(entry.getValue().asInt(), entry.getKey()));
        vocabulary.forEach((id, token) -> ids.put(token, id));
        for (JsonNode token : root.path("added_tokens")) {
            added.put(token.path("id").asInt(), new Added(token.path("content").asText(), token.path("special").asBoolean(), token.path("rstrip").asBoolean()));
            ids.put(token.path("content").asText(), token.path("id").asInt());
        }
    }

    private JsonNode optional(String name) {
        return Files.exists(directory.resolve(name)) ? Json.read(directory.resolve(name)) : Json.object();
    }

    JsonNode model() {
        return root.path("model");
    }

    JsonNode root() {
        return root;
    }

    /** Empty where there is no tokenizer_config.json. */
    JsonNode config() {
        return config;
    }

    Map<Integer, String> vocabulary() {
        return vocabulary;
    }

    Map<Integer, Added> added() {
        return added;
    }

    Optional<Integer> id(String token) {
        return Optional.ofNullable(ids.get(token));
    }

    int size() {
        return Math.max(vocabulary.keySet().stream().mapToInt(id -> id).max().orElse(-1), added.keySet().stream().mapToInt(id -> id).max().orElse(-1)) + 1;
    }

    /** Pairs in the order in which they are merged. */
    List<String[]> merges() {
        List<String[]> merges = new ArrayList<>();
        for (JsonNode merge : model().path("merges")) {
            merges.add(merge.isArray() ? new String[] {merge.get(0).asText(), merge.get(1).asText()} : merge.asText().split(" ", 2));
        }
        return merges;
    }

    /** The id of bos_token and the like, by tokenizer_config.json and else by config.json. */
    Optional<Integer> special(String name) {
        JsonNode token = config.path(name + "_token");
        String content = token.isObject() ? token.path("content").asText("") : token.asText("");
        if (!content.isEmpty() && !token.isNull()) {
            return id(content);
        }
        JsonNode id = optional("config.json").path(name + "_token_id");
        return Optional.ofNullable(id.isInt() ? id : id.path(0)).filter(JsonNode::isInt).map(JsonNode::asInt).filter(n -> n >= 0 && n < size());
    }

    /** Ids that end an answer by generation_config.json. */
    List<Integer> ends() {
        JsonNode eos = optional("generation_config.json").path("eos_token_id");
        List<Integer> ends = new ArrayList<>();
        if (eos.isInt()) {
            ends.add(eos.asInt());
        }
        eos.forEach(id -> ends.add(id.asInt()));
        return ends;
    }

    /** chat_template.jinja before tokenizer_config.json's chat_template, as Transformers prefers it. */
    Optional<String> chatTemplate() {
        Path file = directory.resolve("chat_template.jinja");
        try {
            if (Files.exists(file)) {
                return Optional.of(Files.readString(file));
            }
        } catch (IOException e) {
            throw new FormatException("Cannot read " + file + ": " + e.getMessage(), e);
        }
        JsonNode template = config.path("chat_template");
        for (JsonNode named : template) {
            if (named.path("name").asText().equals("default")) {
                return Optional.of(named.path("template").asText());
            }
        }
        return template.isTextual() ? Optional.of(template.asText()) : Optional.empty();
    }
}
