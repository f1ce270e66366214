package dev.hone.serving.openai;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.serving.answer.Refusal;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Refusals as OpenAI's API says them: a status, and {@code {"error": {"message", "type", "param", "code"}}}. */
final class Errors {
    private static final Logger LOG = LoggerFactory.getLogger(Errors.class);
    private static final Duration SOON = Duration.ofSeconds(1);

    private Errors() {}

    static Refusal of(Throwable failure) {
        return switch (failure) {
            case CompletionException wrapped when wrapped.getCause() != null -> of(wrapped.getCause());
            case Refusal refusal -> refusal;
            case TimeoutException late -> new Refusal(Refusal.Code.DEADLINE_EXCEEDED, "The answer was not complete by the deadline.");
            case CancellationException gone -> new Refusal(Refusal.Code.CANCELLED, "The request was cancelled.");
            default -> {
                LOG.error("a request failed because of a bug", failure);
                yield new Refusal(Refusal.Code.INTERNAL, "The request failed because of a bug; the service's log has it.");
            }
        };
    }

    static int status(Refusal refusal) {
        return switch (refusal.code()) {
            case INVALID_ARGUMENT -> 400;
            case UNAUTHENTICATED -> 401;
            case PERMISSION_DENIED -> 403;
            case NOT_FOUND -> 404;
            case ALREADY_EXISTS -> 409;
            case RESOURCE_EXHAUSTED -> 429;
            // as servers say it to a client that went away; nobody reads it
            case CANCELLED -> 499;
            case INTERNAL -> 500;
            case UNAVAILABLE -> 503;
            case DEADLINE_EXCEEDED -> 504;
        };
    }

    /** Seconds for the header retry-after; 0 where trying again is of no use. */
    static long retryAfter(Refusal refusal) {
        boolean passes = refusal.code() == Refusal.Code.RESOURCE_EXHAUSTED || refusal.code() == Refusal.Code.UNAVAILABLE;
        return passes ? refusal.retryAfter().orElse(SOON).plusMillis(999).toSeconds() : 0;
    }

    static ObjectNode body(Refusal refusal) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ObjectNode error = body.putObject("error");
        error.put("message", refusal.getMessage()).put("type", type(refusal));
        error.put("param", refusal.field().isEmpty() ? null : refusal.field());
        error.put("code", code(refusal));
        return body;
    }

    private static String type(Refusal refusal) {
        return switch (refusal.code()) {
            case RESOURCE_EXHAUSTED -> "rate_limit_error";
            case INTERNAL, UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED -> "server_error";
            default -> "invalid_request_error";
        };
    }

    private static String code(Refusal refusal) {
        return switch (refusal.code()) {
            case UNAUTHENTICATED -> "invalid_api_key";
            case PERMISSION_DENIED -> "permission_denied";
            case NOT_FOUND -> refusal.field().equals("model") || refusal.field().isEmpty() ? "model_not_found" : "not_found";
            case ALREADY_EXISTS -> "already_exists";
            case RESOURCE_EXHAUSTED -> "rate_limit_exceeded";
            case UNAVAILABLE -> "unavailable";
            case DEADLINE_EXCEEDED -> "deadline_exceeded";
            default -> null;
        };
    }
}
