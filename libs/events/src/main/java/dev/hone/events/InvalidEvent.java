package dev.hone.events;

import java.util.Objects;

/** An event that can never be handled, however often it comes: it goes to the dead letters with this code and sentence. */
public final class InvalidEvent extends Exception {
    private final String code;

    /**
     * @param code    a stable word, such as {@code invalid_json} or {@code unknown_base_model}
     * @param message a sentence: what was expected, what was found, what to do
     */
    public InvalidEvent(String code, String message) {
        super(message);
        this.code = Objects.requireNonNull(code);
    }

    public String code() {
        return code;
    }
}
