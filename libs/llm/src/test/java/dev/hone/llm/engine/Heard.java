package dev.hone.llm.engine;

import dev.hone.llm.generate.Completion;
import dev.hone.llm.generate.FinishReason;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** What one listener was told, in order. */
final class Heard implements AnswerListener {
    final List<String> pieces = new ArrayList<>();
    final List<TokenLogprob> tokens = new ArrayList<>();
    final List<TokenLogprob> prompt = new ArrayList<>();
    final CompletableFuture<Void> admitted = new CompletableFuture<>();
    final CompletableFuture<Void> began = new CompletableFuture<>();
    final AtomicInteger ends = new AtomicInteger();
    private final CompletableFuture<Completion> end = new CompletableFuture<>();

    @Override
    public void admitted() {
        admitted.complete(null);
    }

    @Override
    public void prompt(List<TokenLogprob> told) {
        if (!pieces.isEmpty() || !prompt.isEmpty()) {
            throw new IllegalStateException("the prompt comes once, and first");
        }
        prompt.addAll(told);
    }

    @Override
    public void piece(String text, List<TokenLogprob> told) {
        pieces.add(text);
        tokens.addAll(told);
        began.complete(null);
    }

    @Override
    public void end(Completion completion) {
        ends.incrementAndGet();
        end.complete(completion);
    }

    @Override
    public void failed(Throwable bug) {
        ends.incrementAndGet();
        end.completeExceptionally(bug);
    }

    Completion completion() {
        return within(end);
    }

    FinishReason finish() {
        return completion().finish();
    }

    String text() {
        return completion().text();
    }

    Throwable failure() {
        try {
            end.get(20, TimeUnit.SECONDS);
            throw new AssertionError("expected a failure, found an answer");
        } catch (ExecutionException e) {
            return e.getCause();
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    static <T> T within(CompletableFuture<T> future) {
        try {
            return future.get(20, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }
}
