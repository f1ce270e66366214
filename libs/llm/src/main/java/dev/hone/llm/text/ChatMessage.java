package dev.hone.llm.text;

import java.util.Objects;

/** One turn of a conversation; roles are the chat template's: system, user, assistant, and what else it knows. */
public record ChatMessage(String role, String content) {
    public static final String ASSISTANT = "assistant";

    public ChatMessage {
        Objects.requireNonNull(content, "content");
        if (role == null || role.isBlank()) {
            throw new IllegalArgumentException("A chat message needs a role such as user or assistant, found none.");
        }
    }

    boolean isAssistant() {
        return role.equals(ASSISTANT);
    }
}
