package dev.hone.datasets.check;

import java.util.Objects;

/** A row no model should learn from. */
public final class RowRejected extends Exception {
    private final String code;

    /** @param code a stable word; @param message a sentence: what was expected, what was found, what to do */
    public RowRejected(String code, String message) {
        super(message, null, false, false); // no stack trace: millions of rows may be broken
        this.code = Objects.requireNonNull(code);
    }

    public String code() {
        return code;
    }
}
