package dev.hone.serving.answering;

import dev.hone.serving.answer.Refusal;
import dev.hone.serving.models.AdapterCache;
import dev.hone.serving.registry.Lease;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The wait for a revision's adapter, which may have to come from the store. */
final class Waiting {
    private final Duration longest;

    /** @param longest wait for an adapter */
    Waiting(Duration longest) {
        this.longest = longest;
    }

    /** What comes too late is given back. */
    CompletableFuture<Optional<AdapterCache.Hold>> adapter(Lease lease, long deadlineNanos) {
        CompletableFuture<Optional<AdapterCache.Hold>> waiting = new CompletableFuture<>();
        lease.adapter().whenComplete((hold, failure) -> {
            if (failure != null) {
                waiting.completeExceptionally(failure);
            } else if (!waiting.complete(hold)) {
                hold.ifPresent(AdapterCache.Hold::close);
            }
        });
        if (!waiting.isDone()) {
            waiting.orTimeout(Math.min(longest.toNanos(), left(deadlineNanos)), TimeUnit.NANOSECONDS);
        }
        return waiting;
    }

    static long left(long deadlineNanos) {
        return deadlineNanos == Long.MAX_VALUE ? Long.MAX_VALUE : Math.max(0, deadlineNanos - System.nanoTime());
    }

    static boolean isOver(long deadlineNanos) {
        return left(deadlineNanos) == 0;
    }

    static Refusal late() {
        return new Refusal(Refusal.Code.DEADLINE_EXCEEDED, "The answer was not complete by the deadline.");
    }

    /** Why there is no adapter, for whoever asked. */
    static Refusal refusal(Throwable failure, Lease lease, long deadlineNanos) {
        Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        String whose = "The adapter of model \"" + lease.revision().model() + "\" in revision " + lease.revision().label();
        if (cause instanceof TimeoutException) {
            return isOver(deadlineNanos) ? late() : new Refusal(Refusal.Code.UNAVAILABLE, whose + " is still being loaded. Try again in a moment.");
        }
        if (cause instanceof IOException) {
            return new Refusal(Refusal.Code.UNAVAILABLE, whose + " cannot be fetched at the moment: " + cause.getMessage() + ". Try again in a moment.");
        }
        return new Refusal(Refusal.Code.NOT_FOUND, whose + " could not be loaded: " + (cause.getMessage() == null ? cause.toString() : cause.getMessage()), "model");
    }

    /** Whether the service is to blame, and not time or a store that will come back. */
    static boolean isFault(Refusal refusal) {
        return refusal.code() == Refusal.Code.NOT_FOUND || refusal.code() == Refusal.Code.INTERNAL;
    }
}
