package dev.hone.llm.engine;

import dev.hone.llm.generate.FinishReason;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;

/** What a future is to become, told once and by another thread than those that compute. */
final class Outcome<T> {
    private final CompletableFuture<T> future;
    private final Executor carriers;
    private final Runnable onEnd;
    private boolean told;

    /** @param onEnd called once, after the future is complete */
    Outcome(CompletableFuture<T> future, Executor carriers, Runnable onEnd) {
        this.future = future;
        this.carriers = carriers;
        this.onEnd = onEnd;
    }

    void complete(T value) {
        tell(() -> future.complete(value));
    }

    void fail(Throwable bug) {
        tell(() -> future.completeExceptionally(bug));
    }

    void end(FinishReason reason) {
        switch (reason) {
            case DEADLINE -> tell(() -> future.completeExceptionally(new TimeoutException("The deadline passed before the model had read everything.")));
            case LENGTH -> tell(() -> future.completeExceptionally(new IllegalArgumentException(
                    "Expected a text that the cache of keys and values holds, found a longer one: shorten it, or give the service a larger cache.")));
            case STOP, CANCELLED -> tell(() -> future.completeExceptionally(new CancellationException("Nobody waits for it any more, or the engine stops.")));
        }
    }

    private void tell(Runnable ending) {
        if (told) {
            return;
        }
        told = true;
        carriers.execute(() -> {
            try {
                ending.run();
            } finally {
                onEnd.run();
            }
        });
    }
}
