package dev.hone.serving.request;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Many questions of one request, a few at a time: a batch of thousands neither fills the queue that others wait in nor is
 * refused because it would.
 *
 * @param <Q> question
 * @param <R> result
 */
public final class Batch<Q, R> {
    static final int AT_A_TIME = 16;

    private final List<Q> questions;
    private final Function<Q, CompletableFuture<R>> asker;
    private final List<CompletableFuture<R>> results;
    private final CompletableFuture<List<R>> all = new CompletableFuture<>();
    private int next;
    private int done;

    private Batch(List<Q> questions, Function<Q, CompletableFuture<R>> asker) {
        this.questions = questions;
        this.asker = asker;
        this.results = new ArrayList<>(questions.size());
    }

    /** @return results in the order of the questions; the first failure ends it, and cancelling it cancels what is under way */
    public static <Q, R> CompletableFuture<List<R>> each(List<Q> questions, Function<Q, CompletableFuture<R>> asker) {
        Batch<Q, R> batch = new Batch<>(List.copyOf(questions), asker);
        if (questions.isEmpty()) {
            return CompletableFuture.completedFuture(List.of());
        }
        batch.all.whenComplete((value, failure) -> {
            if (failure != null) {
                batch.cancel();
            }
        });
        for (int i = 0; i < AT_A_TIME; i++) {
            batch.askNext();
        }
        return batch.all;
    }

    private void askNext() {
        CompletableFuture<R> result;
        synchronized (this) {
            if (next == questions.size() || all.isDone()) {
                return;
            }
            result = asker.apply(questions.get(next++));
            results.add(result);
        }
        result.whenComplete((value, failure) -> {
            if (failure != null) {
                all.completeExceptionally(failure);
            } else {
                oneDone();
            }
        });
    }

    private void oneDone() {
        boolean last;
        synchronized (this) {
            last = ++done == questions.size();
        }
        if (last) {
            all.complete(results.stream().map(CompletableFuture::join).toList());
        } else {
            askNext();
        }
    }

    private void cancel() {
        List<CompletableFuture<R>> underWay;
        synchronized (this) {
            underWay = List.copyOf(results);
        }
        underWay.forEach(result -> result.cancel(true));
    }
}
