package dev.hone.datasets.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.llm.text.ChatMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Message lists as OpenAI and ShareGPT write them; codes are those of OpenAI's own validator. */
final class Conversations {
    /** What the formats know; what of it Hone cannot honour is refused by {@link #refuseWhatCannotBeHonoured}. */
    private static final Set<String> MESSAGE_KEYS = Set.of("role", "content", "name", "weight", "function_call", "tool_calls", "tool_call_id", "refusal");
    private static final Map<String, String> ROLES = Map.of("system", "system", "developer", "system", "user", "user", "assistant", "assistant");
    private static final Map<String, String> SHARE_GPT_ROLES =
            Map.of("system", "system", "human", "user", "user", "user", "gpt", "assistant", "assistant", "assistant");

    private Conversations() {}

    static List<ChatMessage> openAi(JsonNode row) throws RowRejected {
        if (!row.path("messages").isArray() || row.path("messages").isEmpty()) {
            throw new RowRejected("missing_messages_list", "Expected a list of messages under \"messages\", found "
                    + (row.has("messages") ? kind(row.get("messages")) : "none") + ".");
        }
        if (row.path("tools").size() > 0 || row.path("functions").size() > 0) {
            throw new RowRejected("unsupported_tools", "Expected a conversation without tools, found tool definitions, which cannot be trained on. Leave the row out.");
        }
        List<ChatMessage> messages = messages(row.get("messages"));
        if (messages.stream().anyMatch(ChatMessage::isAssistant) && messages.stream().noneMatch(ChatMessage::isLearned)) {
            throw new RowRejected("all_labels_masked", "Expected an answer to learn, found weight 0 on every assistant message.");
        }
        return messages;
    }

    /** Messages in OpenAI's keys or in ShareGPT's, whichever the first has. */
    static List<ChatMessage> messages(JsonNode list) throws RowRejected {
        return list.path(0).has("from") ? shareGptMessages(list) : openAiMessages(list);
    }

    private static List<ChatMessage> openAiMessages(JsonNode list) throws RowRejected {
        List<ChatMessage> messages = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            messages.add(message(list.get(i), i + 1));
        }
        return messages;
    }

    private static ChatMessage message(JsonNode message, int number) throws RowRejected {
        if (!message.isObject()) {
            throw new RowRejected("data_type", "Expected message " + number + " to be an object, found " + kind(message) + ".");
        }
        for (String key : (Iterable<String>) message::fieldNames) {
            if (!MESSAGE_KEYS.contains(key)) {
                throw new RowRejected("message_unrecognized_key", "Expected message " + number + " to have keys of " + sorted(MESSAGE_KEYS) + ", found \"" + key + "\".");
            }
        }
        refuseWhatCannotBeHonoured(message, number);
        String role = role(message, "role", ROLES, number);
        return new ChatMessage(role, content(message, "content", number), weight(message, role, number));
    }

    private static int weight(JsonNode message, String role, int number) throws RowRejected {
        if (!message.hasNonNull("weight")) {
            return 1;
        }
        JsonNode weight = message.get("weight");
        if (!role.equals(ChatMessage.ASSISTANT) || !weight.isInt() || weight.asInt() != 0 && weight.asInt() != 1) {
            throw new RowRejected("data_type", "Expected \"weight\" to be 0 or 1 and on an assistant's message, found " + weight + " in message " + number + ".");
        }
        return weight.asInt();
    }

    private static void refuseWhatCannotBeHonoured(JsonNode message, int number) throws RowRejected {
        for (String key : List.of("function_call", "tool_calls", "tool_call_id")) {
            if (message.hasNonNull(key)) {
                throw new RowRejected("unsupported_tools", "Expected message " + number + " to be plain text, found \"" + key
                        + "\", which cannot be trained on. Leave the row out.");
            }
        }
    }

    private static String role(JsonNode message, String key, Map<String, String> roles, int number) throws RowRejected {
        if (!message.hasNonNull(key)) {
            throw new RowRejected("message_missing_key", "Expected message " + number + " to have \"" + key + "\", found it missing.");
        }
        String role = message.get(key).isTextual() ? roles.get(message.get(key).asText()) : null;
        if (role == null) {
            throw new RowRejected("unrecognized_role", "Expected message " + number + " to have a role of " + sorted(roles.keySet()) + ", found "
                    + message.get(key) + ".");
        }
        return role;
    }

    private static String content(JsonNode message, String key, int number) throws RowRejected {
        if (!message.has(key)) {
            throw new RowRejected("message_missing_key", "Expected message " + number + " to have \"" + key + "\", found it missing.");
        }
        JsonNode content = message.get(key);
        if (content.isNull()) {
            throw new RowRejected("missing_content", "Expected text in message " + number + ", found null.");
        }
        return content.isArray() ? parts(content, number) : text(content, "message " + number);
    }

    /** OpenAI's list of content parts, where all of them are text. */
    private static String parts(JsonNode parts, int number) throws RowRejected {
        StringBuilder text = new StringBuilder();
        for (JsonNode part : parts) {
            if (!part.path("type").asText().equals("text") || !part.path("text").isTextual()) {
                throw new RowRejected("data_type", "Expected message " + number + " to consist of text, found a part of type \"" + part.path("type").asText() + "\".");
            }
            text.append(part.get("text").asText());
        }
        return text.toString();
    }

    static List<ChatMessage> shareGpt(JsonNode row) throws RowRejected {
        List<ChatMessage> messages = new ArrayList<>();
        if (row.hasNonNull("system") && !row.get("system").asText().isBlank()) {
            messages.add(new ChatMessage("system", text(row.get("system"), "\"system\"")));
        }
        JsonNode list = row.path("conversations");
        if (!list.isArray() || list.isEmpty()) {
            throw new RowRejected("missing_messages_list", "Expected a list under \"conversations\", found " + kind(list) + ".");
        }
        messages.addAll(shareGptMessages(list));
        return messages;
    }

    private static List<ChatMessage> shareGptMessages(JsonNode list) throws RowRejected {
        List<ChatMessage> messages = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            JsonNode message = list.get(i);
            boolean alias = message.has("role") && !message.has("from");
            messages.add(new ChatMessage(role(message, alias ? "role" : "from", SHARE_GPT_ROLES, i + 1), content(message, alias ? "content" : "value", i + 1)));
        }
        return messages;
    }

    static String text(JsonNode value, String where) throws RowRejected {
        if (!value.isTextual()) {
            throw new RowRejected("data_type", "Expected text in " + where + ", found " + kind(value) + ".");
        }
        return value.asText();
    }

    static String kind(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT -> "an object";
            case ARRAY -> value.isEmpty() ? "an empty list" : "a list";
            case MISSING -> "nothing";
            case STRING -> "text";
            default -> "a " + value.getNodeType().name().toLowerCase(Locale.ROOT);
        };
    }

    private static String sorted(Set<String> names) {
        return String.join(", ", names.stream().sorted().toList());
    }
}
