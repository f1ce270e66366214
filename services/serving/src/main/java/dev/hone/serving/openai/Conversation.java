package dev.hone.serving.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.llm.text.ChatMessage;
import dev.hone.serving.answer.Refusal;
import dev.hone.serving.request.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The messages of a chat request. */
final class Conversation {
    private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant", "tool");

    private Conversation() {}

    static List<ChatMessage> read(Fields fields) throws Refusal {
        List<ChatMessage> messages = new ArrayList<>();
        for (JsonNode one : fields.node("messages")) {
            if (!(one instanceof ObjectNode message)) {
                throw Fields.invalid("messages", "Expected messages to be objects with role and content, found " + one.getNodeType() + ".");
            }
            messages.add(message(new Fields(message)));
        }
        if (messages.isEmpty()) {
            throw Fields.invalid("messages", "Expected at least one message in \"messages\", found none.");
        }
        return messages;
    }

    private static ChatMessage message(Fields message) throws Refusal {
        String role = message.requiredText("role");
        if (!ROLES.contains(role)) {
            throw Fields.invalid("messages", "Expected a role of system, developer, user, assistant or tool, found \"" + role + "\".");
        }
        if (!message.node("tool_calls").isEmpty() || message.has("function_call")) {
            throw Fields.invalid("messages", "Tools are not supported: a message has tool_calls. Send it as text.");
        }
        return new ChatMessage(role, content(message));
    }

    /** A string, or a list of parts that must all be text. */
    private static String content(Fields message) throws Refusal {
        JsonNode content = message.node("content");
        if (!content.isArray()) {
            return message.text("content").orElse("");
        }
        StringBuilder text = new StringBuilder();
        for (JsonNode part : content) {
            String type = part.path("type").asText();
            if (!type.equals("text")) {
                throw Fields.invalid("messages", "Expected parts of type text, found \"" + type + "\": this model reads text only.");
            }
            text.append(part.path("text").asText());
        }
        return text.toString();
    }

    /** What the caller calls the conversation, where it says so. */
    static Optional<String> name(Fields fields) throws Refusal {
        Optional<Fields> metadata = fields.object("metadata");
        Optional<String> named = metadata.isPresent() ? metadata.get().text("conversation_id") : Optional.empty();
        return named.isPresent() ? named : fields.text("user");
    }
}
