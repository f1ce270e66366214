package dev.hone.llm.text;

import java.util.Objects;

/**
 * One turn of a conversation; roles are the chat template's: system, user, assistant, and what else it knows.
 *
 * @param weight 1, or 0 for an answer that is read and never learned
 */
public record ChatMessage(String role, String content, int weight) {
    public static final String ASSISTANT = "assistant";

    public ChatMessage {
        Objects.requireNonNull(content, "content");
        if (role == null || role.isBlank()) {
            throw new IllegalArgumentException("A chat message needs a role such as user or assistant, found none.");
        }
        if (weight != 1 && !(weight == 0 && role.equals(ASSISTANT))) {
            throw new IllegalArgumentException("A chat message has weight 1, or 0 if it is the assistant's; found " + weight + " on one of the " + role + ".");
        }
    }

    public ChatMessage(String role, String content) {
        this(role, content, 1);
    }

    public boolean isAssistant() {
        return role.equals(ASSISTANT);
    }

    /** Whether a model shall learn to write it. */
    public boolean isLearned() {
        return isAssistant() && weight == 1;
    }

    ChatMessage notLearned() {
        return isLearned() ? new ChatMessage(role, content, 0) : this;
    }
}
