package dev.hone.serving.answering;

import dev.hone.llm.engine.EngineBusy;
import dev.hone.llm.engine.LoadedAdapter;
import dev.hone.serving.answer.Refusal;
import dev.hone.serving.models.AdapterCache;
import dev.hone.serving.registry.Lease;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A score or an embedding by one revision, whose lease ends with it. Who cancels the result frees its place in the engine. */
final class Computation {
    private static final Logger LOG = LoggerFactory.getLogger(Computation.class);

    /** @param value of what the engine gives */
    record Begun<E, T>(CompletableFuture<E> future, Function<E, T> value) {}

    interface Work<E, T> {
        Begun<E, T> begin(Lease lease, Optional<LoadedAdapter> adapter) throws Refusal, EngineBusy;
    }

    private Computation() {}

    /** Fails with a {@link Refusal}. The text is its own conversation: a candidate is not tried on it by chance. */
    static <E, T> CompletableFuture<T> of(AnswerDesk desk, String model, long deadlineNanos, Work<E, T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Lease lease;
        try {
            lease = desk.registry().leaseStable(model);
        } catch (Refusal refusal) {
            return CompletableFuture.failedFuture(refusal);
        }
        result.whenComplete((value, failure) -> lease.close());
        try {
            desk.prompts().execute(() -> desk.waiting().adapter(lease, deadlineNanos).whenComplete((hold, failure) -> {
                if (failure != null) {
                    result.completeExceptionally(Waiting.refusal(failure, lease, deadlineNanos));
                } else {
                    hold.ifPresent(adapter -> result.whenComplete((value, ended) -> adapter.close()));
                    begin(result, lease, hold.map(AdapterCache.Hold::adapter), work);
                }
            }));
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(EngineAnswers.tooMany());
        }
        return result;
    }

    private static <E, T> void begin(CompletableFuture<T> result, Lease lease, Optional<LoadedAdapter> adapter, Work<E, T> work) {
        try {
            Begun<E, T> begun = work.begin(lease, adapter);
            result.whenComplete((value, failure) -> begun.future().cancel(true));
            begun.future().whenComplete((value, failure) -> {
                if (failure == null) {
                    result.complete(begun.value().apply(value));
                } else {
                    result.completeExceptionally(refusal(failure, lease));
                }
            });
        } catch (Refusal refusal) {
            result.completeExceptionally(refusal);
        } catch (EngineBusy e) {
            result.completeExceptionally(e.stopping() ? stopping() : EngineAnswers.tooMany());
        } catch (RuntimeException | Error e) {
            result.completeExceptionally(refusal(e, lease));
        }
    }

    private static Refusal stopping() {
        return new Refusal(Refusal.Code.UNAVAILABLE, "This replica is stopping. Ask again: another one answers.");
    }

    private static Refusal refusal(Throwable failure, Lease lease) {
        Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return switch (cause) {
            case TimeoutException late -> Waiting.late();
            case CancellationException drained -> stopping();
            case IllegalArgumentException bad -> new Refusal(Refusal.Code.INVALID_ARGUMENT, bad.getMessage());
            default -> {
                LOG.error("computation failed model={} revision={}", lease.revision().model(), lease.revision().label(), cause);
                yield new Refusal(Refusal.Code.INTERNAL, "The computation failed because of a bug; the service's log has it.");
            }
        };
    }
}
