package dev.hone.llm.text;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** What the files beside a tokenizer say: vocabulary, special tokens, chat template, tokens that end an answer. */
public final class TokenizerFiles {
    /** Everything that must travel with a model for its text to mean the same. */
    public static final List<String> NAMES = List.of(
            "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", "generation_config.json");

    private static final List<String> SPECIAL = List.of("bos_token", "eos_token", "pad_token", "unk_token");

    private final Path directory;
    private final Map<String, Integer> idOf = new HashMap<>();
    private final Map<String, String> specialTokens = new LinkedHashMap<>();
    private final JsonNode config;

    TokenizerFiles(Path directory) {
        this.directory = directory;
        if (!Files.exists(directory.resolve("tokenizer.json"))) {
            throw new FormatException("Expected a tokenizer.json in " + directory
                    + ", found none. Tokenizers in other formats (tokenizer.model, vocab.txt) must be converted to it.");
        }
        JsonNode tokenizer = Json.read(directory.resolve("tokenizer.json"));
        readVocabulary(tokenizer.path("model").path("vocab"));
        tokenizer.path("added_tokens").forEach(t -> idOf.put(t.path("content").asText(), t.path("id").asInt()));
        Path configFile = directory.resolve("tokenizer_config.json");
        config = Files.exists(configFile) ? Json.read(configFile) : Json.object();
        for (String name : SPECIAL) {
            JsonNode token = config.path(name);
            String content = token.isObject() ? token.path("content").asText("") : token.asText("");
            if (!content.isEmpty()) {
                specialTokens.put(name, content);
            }
        }
    }

    private void readVocabulary(JsonNode vocabulary) {
        if (vocabulary.isObject()) {
            vocabulary.properties().forEach(e -> idOf.put(e.getKey(), e.getValue().asInt()));
        } else {
            for (int i = 0; i < vocabulary.size(); i++) {
                idOf.put(vocabulary.get(i).path(0).asText(), i);
            }
        }
    }

    int vocabularySize() {
        return idOf.values().stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
    }

    Map<String, String> specialTokens() {
        return specialTokens;
    }

    OptionalInt id(String specialTokenName) {
        Integer id = idOf.get(specialTokens.getOrDefault(specialTokenName, ""));
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** eos_token, and every eos_token_id of config.json and generation_config.json. */
    Set<Integer> endTokens() {
        Set<Integer> ends = new TreeSet<>();
        id("eos_token").ifPresent(ends::add);
        for (String file : List.of("generation_config.json", "config.json")) {
            if (Files.exists(directory.resolve(file))) {
                JsonNode eos = Json.read(directory.resolve(file)).path("eos_token_id");
                if (eos.isInt()) {
                    ends.add(eos.asInt());
                }
                eos.forEach(id -> ends.add(id.asInt()));
            }
        }
        return ends;
    }

    /** chat_template.jinja before tokenizer_config.json's chat_template, as Transformers prefers it. */
    Optional<String> chatTemplate() {
        Path file = directory.resolve("chat_template.jinja");
        if (Files.exists(file)) {
            return Optional.of(new String(bytes(file), StandardCharsets.UTF_8));
        }
        JsonNode template = config.path("chat_template");
        if (template.isArray()) {
            for (JsonNode named : template) {
                if (named.path("name").asText().equals("default")) {
                    return Optional.of(named.path("template").asText());
                }
            }
        }
        return template.isTextual() ? Optional.of(template.asText()) : Optional.empty();
    }

    byte[] tokenizerJson() {
        return bytes(directory.resolve("tokenizer.json"));
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new FormatException("Cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /** Copies the tokenizer files that {@code from} has to {@code to}. */
    public static void copy(Path from, Path to) {
        try {
            Files.createDirectories(to);
            for (String name : NAMES) {
                if (Files.exists(from.resolve(name))) {
                    Files.copy(from.resolve(name), to.resolve(name), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
                }
            }
        } catch (IOException e) {
            throw new FormatException("Cannot copy the tokenizer from " + from + " to " + to + ": " + e.getMessage(), e);
        }
    }
}
