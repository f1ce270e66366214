package dev.hone.llm.data;

/** A line is no canonical row. The message says what was expected and found, and where if it came from a file. */
public final class RowException extends RuntimeException {
    public RowException(String message) {
        super(message);
    }
}
