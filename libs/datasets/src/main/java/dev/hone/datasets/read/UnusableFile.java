package dev.hone.datasets.read;

import java.util.Objects;

/** A file of which not even the form can be told: the sender must change it. */
public final class UnusableFile extends Exception {
    private final String code;

    /** @param code a stable word; @param message a sentence: what was expected, what was found, what to do */
    public UnusableFile(String code, String message) {
        super(message);
        this.code = Objects.requireNonNull(code);
    }

    public String code() {
        return code;
    }
}
