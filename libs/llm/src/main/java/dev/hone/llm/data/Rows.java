package dev.hone.llm.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.llm.text.ChatMessage;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Canonical rows as JSON Lines, UTF-8: {@code {"messages":[{"role":…,"content":…}]}}, {@code {"text":…}} or
 * {@code {"prompt":[messages],"chosen":[messages],"rejected":[messages]}}. A message that is not to be learned has
 * {@code "weight":0} as its third key. Equal rows are equal bytes, so that a hash of the line identifies a row.
 */
public final class Rows {
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private Rows() {}

    /** @throws RowException if the line is no canonical row */
    public static Row parse(String json) {
        JsonNode node = tree(json);
        try {
            if (node.has("text")) {
                onlyKeys(node, Set.of("text"));
                return new Row.Text(text(node, "text"));
            }
            if (node.has("chosen")) {
                onlyKeys(node, Set.of("prompt", "chosen", "rejected"));
                return new Row.Preference(messages(node, "prompt"), messages(node, "chosen"), messages(node, "rejected"));
            }
            if (!node.has("messages")) {
                throw new RowException("Expected a row with \"messages\", \"text\", or \"prompt\", \"chosen\" and \"rejected\", found the keys " + keys(node) + ".");
            }
            onlyKeys(node, Set.of("messages"));
            return new Row.Chat(messages(node, "messages"));
        } catch (IllegalArgumentException e) {
            throw new RowException(e.getMessage());
        }
    }

    private static JsonNode tree(String json) {
        try {
            JsonNode node = JSON.readTree(json);
            if (!node.isObject()) {
                throw new RowException("Expected a JSON object, found " + kind(node) + ".");
            }
            return node;
        } catch (JsonProcessingException e) {
            throw new RowException("Expected a JSON object, found a line that is no JSON: " + e.getOriginalMessage());
        }
    }

    private static List<ChatMessage> messages(JsonNode node, String key) {
        JsonNode list = node.path(key);
        if (!list.isArray() || list.isEmpty()) {
            throw new RowException("Expected a list of at least one message under \"" + key + "\", found " + (list.isArray() ? "an empty one" : kind(list)) + ".");
        }
        List<ChatMessage> messages = new ArrayList<>();
        for (JsonNode message : list) {
            onlyKeys(message, Set.of("role", "content", "weight"));
            messages.add(new ChatMessage(text(message, "role"), text(message, "content"), weight(message.path("weight"))));
        }
        return messages;
    }

    private static int weight(JsonNode weight) {
        if (weight.isMissingNode()) {
            return 1;
        }
        if (!weight.isInt()) {
            throw new RowException("Expected a \"weight\" of 0 or 1, found " + weight + ".");
        }
        return weight.asInt();
    }

    private static String text(JsonNode node, String key) {
        JsonNode value = node.path(key);
        if (!value.isTextual() || (!key.equals("content") && value.asText().isBlank())) {
            throw new RowException("Expected text under \"" + key + "\", found " + kind(value) + ".");
        }
        return value.asText();
    }

    private static String kind(JsonNode value) {
        return value.isMissingNode() ? "nothing" : value.getNodeType().name().toLowerCase(Locale.ROOT);
    }

    /** A key that is skipped could change what the sender meant (a tool call), so none is. */
    private static void onlyKeys(JsonNode node, Set<String> allowed) {
        for (String key : keys(node)) {
            if (!allowed.contains(key)) {
                throw new RowException("A canonical row has no key \"" + key + "\" beside " + allowed + ". Send the file through ingest, which understands more.");
            }
        }
    }

    private static List<String> keys(JsonNode node) {
        List<String> keys = new ArrayList<>();
        node.fieldNames().forEachRemaining(keys::add);
        return keys;
    }

    /** The row as one line without a line end. */
    public static String format(Row row) {
        ObjectNode node = JSON.createObjectNode();
        switch (row) {
            case Row.Text text -> node.put("text", text.text());
            case Row.Chat chat -> put(node.putArray("messages"), chat.messages());
            case Row.Preference pair -> {
                put(node.putArray("prompt"), pair.prompt());
                put(node.putArray("chosen"), pair.chosen());
                put(node.putArray("rejected"), pair.rejected());
            }
        }
        try {
            return JSON.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a row is always JSON", e);
        }
    }

    private static void put(ArrayNode list, List<ChatMessage> messages) {
        for (ChatMessage message : messages) {
            ObjectNode node = list.addObject().put("role", message.role()).put("content", message.content());
            if (message.weight() == 0) {
                node.put("weight", 0);
            }
        }
    }

    public static List<Row> read(Path jsonl) {
        return read(jsonl, Integer.MAX_VALUE);
    }

    /**
     * The first {@code limit} rows; empty lines are skipped.
     *
     * @throws RowException naming the line, if one is no canonical row or the file cannot be read
     */
    public static List<Row> read(Path jsonl, int limit) {
        List<Row> rows = new ArrayList<>();
        int number = 0;
        try (BufferedReader reader = Files.newBufferedReader(jsonl)) {
            for (String line = reader.readLine(); line != null && rows.size() < limit; line = reader.readLine()) {
                number++;
                if (!line.isBlank()) {
                    rows.add(parse(line));
                }
            }
        } catch (RowException e) {
            throw new RowException(jsonl.getFileName() + " line " + number + ": " + e.getMessage());
        } catch (IOException e) {
            throw new RowException("Cannot read rows after line " + number + " of " + jsonl + ": " + e.getMessage());
        }
        return rows;
    }

    public static void write(Path jsonl, Iterable<Row> rows) {
        try (BufferedWriter writer = Files.newBufferedWriter(jsonl)) {
            for (Row row : rows) {
                writer.write(format(row));
                writer.write('\n');
            }
        } catch (IOException e) {
            throw new RowException("Cannot write rows to " + jsonl + ": " + e.getMessage());
        }
    }
}
