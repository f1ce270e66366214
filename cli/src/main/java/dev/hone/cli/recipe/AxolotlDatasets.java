package dev.hone.cli.recipe;

import static dev.hone.cli.recipe.Transformers.IN_FINISH;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.cli.recipe.Translation.Handler;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.StreamSupport;

/** Where an Axolotl YAML's rows are, and what is learned of them. */
final class AxolotlDatasets {
    private static final Set<String> LISTS = Set.of("datasets", "test_datasets", "pretraining_dataset");
    /** Names that {@code load_dataset} takes for a format and not for a place. */
    private static final Set<String> BUILDERS = Set.of("json", "csv", "parquet", "arrow", "text");
    private static final Set<String> ASSISTANT = Set.of("assistant", "gpt", "model", "bot");
    private static final Set<String> KNOWN_ROLES = Set.of("assistant", "gpt", "model", "bot", "user", "human", "system", "developer", "tool", "observation",
            "function", "function_call", "ipython");
    private static final Map<String, Set<String>> KNOWN_PROPERTIES = Map.of("role", Set.of("role", "from"), "content", Set.of("content", "value"));

    static final Map<String, Handler> HANDLERS = handlers();

    private AxolotlDatasets() {}

    private static Map<String, Handler> handlers() {
        Map<String, Handler> handlers = new HashMap<>();
        LISTS.forEach(list -> handlers.put(list, AxolotlDatasets::rows));
        for (String key : List.of("path", "data_files", "field", "text_column", "type.field_system", "type.field_instruction", "type.field_prompt", "type.field_output")) {
            handlers.put("datasets[]." + key, IN_FINISH);
        }
        handlers.put("datasets[].type", AxolotlDatasets::type);
        handlers.put("datasets[].message_property_mappings", AxolotlDatasets::properties);
        handlers.put("datasets[].roles", AxolotlDatasets::roles);
        handlers.put("datasets[].roles_to_train", AxolotlDatasets::rolesToTrain);
        return handlers;
    }

    private static void rows(Translation to, String key, JsonNode value) {
        if (value.isTextual()) {
            to.dataset(new DatasetRef(value.asText(), false, Map.of()));
            return;
        }
        List<JsonNode> items = value.isArray() ? StreamSupport.stream(value.spliterator(), false).toList() : List.of(value);
        for (int i = 0; i < items.size(); i++) {
            to.readAll("datasets[].", key + "[" + i + "].", items.get(i));
            for (String path : paths(items.get(i))) {
                to.dataset(new DatasetRef(path, key.equals("test_datasets"), mapping(items.get(i))));
            }
        }
    }

    private static List<String> paths(JsonNode item) {
        String path = item.path("path").asText();
        if (Values.isOff(item.path("data_files"))) {
            return path.isEmpty() ? List.of() : List.of(path);
        }
        return Values.texts(item.path("data_files")).stream()
                .map(file -> BUILDERS.contains(path) ? file : Path.of(path).resolve(file).toString()).toList();
    }

    private static Map<String, String> mapping(JsonNode item) {
        JsonNode type = item.path("type");
        Map<String, String> mapping = new LinkedHashMap<>();
        put(mapping, "text", item.path("field"));
        put(mapping, "text", item.path("text_column"));
        put(mapping, "system", type.path("field_system"));
        put(mapping, "prompt", type.path("field_prompt"));
        put(mapping, "prompt", type.path("field_instruction"));
        put(mapping, "completion", type.path("field_output"));
        return mapping;
    }

    private static void put(Map<String, String> mapping, String meaning, JsonNode column) {
        if (column.isTextual() && !column.asText().isBlank()) {
            mapping.put(meaning, column.asText());
        }
    }

    private static void type(Translation to, String key, JsonNode value) {
        if (value.isObject()) {
            to.readAll("datasets[].type.", key + ".", value);
        } else if (value.asText().startsWith("alpaca")) {
            to.notSupported(key, value, "would have written prompts in Alpaca's words; they go through the model's own chat template");
        } else if (!isText(value) && !Set.of("chat_template", "sharegpt", "chat_template.default").contains(value.asText())) {
            to.notSupported(key, value, "would have read and written rows by this strategy; they are read by their keys and go through the model's own chat template");
        }
    }

    private static boolean isText(JsonNode type) {
        return type.asText().equals("completion") || type.asText().equals("pretrain");
    }

    private static void properties(Translation to, String key, JsonNode value) {
        value.properties().forEach(property -> {
            if (KNOWN_PROPERTIES.getOrDefault(property.getKey(), Set.of()).contains(property.getValue().asText())) {
                to.notNeeded(key + "." + property.getKey(), property.getValue(), "it is known as it is");
            } else {
                to.notSupported(key + "." + property.getKey(), property.getValue(), "would have read it from this key; role and content, from and value are known");
            }
        });
    }

    private static void roles(Translation to, String key, JsonNode value) {
        value.properties().forEach(role -> {
            if (KNOWN_ROLES.containsAll(Values.texts(role.getValue()))) {
                to.notNeeded(key + "." + role.getKey(), role.getValue(), "these names are known");
            } else {
                to.notSupported(key + "." + role.getKey(), role.getValue(), "would have read these names as the role; known are " + String.join(", ", new TreeSet<>(KNOWN_ROLES)));
            }
        });
    }

    private static void rolesToTrain(Translation to, String key, JsonNode value) {
        Set<String> roles = Set.copyOf(Values.texts(value));
        if (!roles.isEmpty() && ASSISTANT.containsAll(roles)) {
            to.notNeeded(key, value, "the assistant's turns are what is learned");
        } else if (roles.contains("all") || roles.stream().anyMatch(ASSISTANT::contains) && (roles.contains("user") || roles.contains("human"))) {
            to.set("train_on_inputs", true);
        } else {
            throw to.refused(key, value, "would have learned other turns than the assistant's or all of them");
        }
    }

    /** Text rows are another objective than chats; one run has one. */
    static void finish(Translation to) {
        List<JsonNode> types = StreamSupport.stream(to.given("datasets").spliterator(), false).map(item -> item.path("type")).toList();
        long texts = types.stream().filter(AxolotlDatasets::isText).count();
        if (texts > 0 && texts < types.size()) {
            throw to.refused("datasets", to.given("datasets"), "would have mixed raw text and chats");
        }
        if (texts > 0 || !Values.isOff(to.given("pretraining_dataset"))) {
            to.set("objective", "next_token");
        }
    }
}
