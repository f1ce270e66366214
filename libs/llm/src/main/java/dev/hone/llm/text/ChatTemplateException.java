package dev.hone.llm.text;

/** The model's chat template refuses these messages or cannot be executed. The message says which and why. */
public final class ChatTemplateException extends RuntimeException {
    public ChatTemplateException(String message) {
        super(message);
    }
}
