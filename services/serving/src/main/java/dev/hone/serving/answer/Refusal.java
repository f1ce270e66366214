package dev.hone.serving.answer;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/** Why a request gets no answer, in words for its sender; each face gives it in its protocol's own form. */
public final class Refusal extends Exception {
    private static final long serialVersionUID = 1;

    /** As in gRPC, which names the cases best. */
    public enum Code {
        INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, UNAUTHENTICATED, PERMISSION_DENIED, RESOURCE_EXHAUSTED, UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, INTERNAL
    }

    private final Code code;
    private final String field;
    private final transient Duration retryAfter;

    /** @param sentence what was expected, what was found, what to do */
    public Refusal(Code code, String sentence) {
        this(code, sentence, "");
    }

    /** @param field of the request that is at fault; empty if none is */
    public Refusal(Code code, String sentence, String field) {
        this(code, sentence, field, null);
    }

    private Refusal(Code code, String sentence, String field, Duration retryAfter) {
        super(Objects.requireNonNull(sentence, "sentence"));
        this.code = code;
        this.field = field;
        this.retryAfter = retryAfter;
    }

    /** One that time heals. @param retryAfter when the same request may be answered */
    public static Refusal after(Duration retryAfter, Code code, String sentence) {
        return new Refusal(code, sentence, "", retryAfter);
    }

    public Code code() {
        return code;
    }

    public String field() {
        return field;
    }

    /** When the same request may be answered, where that is known. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
