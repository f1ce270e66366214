package dev.hone.llm.format;

/** A model file is not what it should be. The message says what was expected, what was found and what to do. */
public final class FormatException extends RuntimeException {
    public FormatException(String message) {
        super(message);
    }

    public FormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
