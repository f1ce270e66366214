package dev.hone.serving.grpc;

import dev.hone.serving.answer.Refusal;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Refusals as gRPC says them. */
public final class Statuses {
    private static final Logger LOG = LoggerFactory.getLogger(Statuses.class);
    /** What gRPC's clients read to know when to try again. */
    private static final Metadata.Key<String> PUSHBACK = Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

    private Statuses() {}

    public static StatusRuntimeException of(Throwable failure) {
        return switch (failure) {
            case CompletionException wrapped when wrapped.getCause() != null -> of(wrapped.getCause());
            case Refusal refusal -> of(refusal);
            case StatusRuntimeException status -> status;
            case TimeoutException late -> Status.DEADLINE_EXCEEDED.withDescription("The answer was not complete by the deadline.").asRuntimeException();
            case CancellationException gone -> Status.CANCELLED.withDescription("The request was cancelled.").asRuntimeException();
            default -> bug(failure);
        };
    }

    private static StatusRuntimeException bug(Throwable failure) {
        LOG.error("a call failed because of a bug", failure);
        return Status.INTERNAL.withDescription("The call failed because of a bug; the service's log has it.").asRuntimeException();
    }

    private static StatusRuntimeException of(Refusal refusal) {
        Metadata trailers = new Metadata();
        refusal.retryAfter().map(Duration::toMillis).ifPresent(millis -> trailers.put(PUSHBACK, Long.toString(millis)));
        return Status.fromCode(Status.Code.valueOf(refusal.code().name())).withDescription(refusal.getMessage()).asRuntimeException(trailers);
    }
}
