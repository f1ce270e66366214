package dev.hone.serving.answer;

import java.util.Objects;

/** Why a request gets no answer, in words for its sender; each face gives it in its protocol's own form. */
public final class Refusal extends Exception {
    private static final long serialVersionUID = 1;

    /** As in gRPC, which names the cases best. */
    public enum Code {
        INVALID_ARGUMENT, NOT_FOUND, UNAUTHENTICATED, PERMISSION_DENIED, RESOURCE_EXHAUSTED, UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, INTERNAL
    }

    private final Code code;
    private final String field;

    /** @param sentence what was expected, what was found, what to do */
    public Refusal(Code code, String sentence) {
        this(code, sentence, "");
    }

    /** @param field of the request that is at fault; empty if none is */
    public Refusal(Code code, String sentence, String field) {
        super(Objects.requireNonNull(sentence, "sentence"));
        this.code = code;
        this.field = field;
    }

    public Code code() {
        return code;
    }

    public String field() {
        return field;
    }
}
