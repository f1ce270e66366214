package dev.hone.serving.grpc;

import dev.hone.serving.answer.Caller;
import dev.hone.serving.answer.Refusal;
import io.grpc.Context;
import io.grpc.SynchronizationContext;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What is known of a gRPC call beside its message.
 *
 * @param caller fails with a {@link Refusal}; begun only when somebody wants to know, as reflection and health do not
 * @param thread runs one task after the other, in order: where replies are written
 */
public record Call(CallLifetime lifetime, Supplier<CompletionStage<Caller>> caller, Executor thread) {
    public static final Context.Key<Call> KEY = Context.key("hone-call");

    /** The call that this thread handles. */
    public static Call current() {
        Call call = KEY.get();
        return call == null ? new Call(new CallLifetime(null), () -> CompletableFuture.completedFuture(Caller.ANYONE), inTurn()) : call;
    }

    /** For servers without an event loop of the call's own. */
    public static Executor inTurn() {
        return new SynchronizationContext((thread, failure) -> thread.getUncaughtExceptionHandler().uncaughtException(thread, failure));
    }

    /** Hears of the client's departure; to be called on the thread that brings the message. */
    public <T> Call heard(StreamObserver<T> client) {
        ((ServerCallStreamObserver<T>) client).setOnCancelHandler(lifetime::abandon);
        return this;
    }

    /** Whether nobody waits for replies any more. */
    public boolean isOver() {
        return lifetime.isAbandoned();
    }

    /** Stops what is under way. */
    public void abandon() {
        lifetime.abandon();
    }

    /** Does the work if the caller is let in; otherwise the client hears why not. */
    public void admitted(StreamObserver<?> client, Consumer<Caller> work) {
        caller.get().whenComplete((who, failure) -> thread.execute(() -> {
            if (failure != null) {
                fail(client, failure);
                return;
            }
            try {
                work.accept(who);
            } catch (RuntimeException refused) {
                fail(client, refused);
            }
        }));
    }

    /** One reply, or why there is none. */
    public <T> void reply(StreamObserver<T> client, CompletableFuture<T> reply) {
        reply.whenComplete((value, failure) -> thread.execute(() -> {
            if (failure != null) {
                fail(client, failure);
            } else if (!lifetime.isAbandoned()) {
                client.onNext(value);
                client.onCompleted();
            }
        }));
    }

    private void fail(StreamObserver<?> client, Throwable failure) {
        if (!lifetime.isAbandoned()) {
            client.onError(Statuses.of(failure));
        }
    }
}
