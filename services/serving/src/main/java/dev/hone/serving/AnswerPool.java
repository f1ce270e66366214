package dev.hone.serving;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads on which answers are made. Their number is bounded because each answer uses the whole machine, and the
 * queue is bounded because a client is better told at once than left waiting.
 */
final class AnswerPool {
    private final ThreadPoolExecutor threads;
    private volatile boolean stopping;

    AnswerPool(int concurrent, int waiting) {
        threads = new ThreadPoolExecutor(concurrent, concurrent, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(waiting),
                Thread.ofPlatform().name("answer-", 0).factory());
    }

    /** @return false when too many wait already, or the service stops */
    boolean offer(Runnable answer) {
        try {
            threads.execute(answer);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    /** Answers look at this before every token. */
    boolean stopping() {
        return stopping;
    }

    /** Lets answers end by themselves for a while, then tells them to; a native call must never be running at exit. */
    void stop(Duration grace) {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(grace.toMillis(), TimeUnit.MILLISECONDS)) {
                stopping = true;
                threads.awaitTermination(grace.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            stopping = true;
            Thread.currentThread().interrupt();
        }
    }
}
