package dev.hone.serving;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads beside the engine's. What waits for the store, for a tokenizer or for a slow disk waits on one of them, and
 * never on an event loop or in the engine; what clients can make more of has a bounded queue.
 */
final class ServingThreads {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int PROMPT_THREADS = 2;
    private static final int LINES_WAITING = 1000;

    private final ScheduledExecutorService models = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().name("models").factory());
    private final ExecutorService adapters;
    private final ExecutorService prompts;
    private final ExecutorService shadows;
    private final ExecutorService log = bounded("answer-log", 1, LINES_WAITING);

    ServingThreads(ServingConfig.Serving config) {
        adapters = new ThreadPoolExecutor(config.adapters().loaders(), config.adapters().loaders(), 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
                Thread.ofPlatform().name("adapters-", 0).factory());
        prompts = bounded("prompts-", PROMPT_THREADS, config.waitingAnswers() + config.concurrentAnswers());
        shadows = bounded("shadows", 1, config.waitingShadows());
    }

    private static ExecutorService bounded(String name, int threads, int waiting) {
        Thread.Builder.OfPlatform builder = Thread.ofPlatform();
        return new ThreadPoolExecutor(threads, threads, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(Math.max(1, waiting)),
                (threads == 1 ? builder.name(name) : builder.name(name, 0)).factory());
    }

    /** One thread: revisions are loaded and closed in turn. */
    ScheduledExecutorService models() {
        return models;
    }

    ExecutorService adapters() {
        return adapters;
    }

    ExecutorService prompts() {
        return prompts;
    }

    ExecutorService shadows() {
        return shadows;
    }

    ExecutorService log() {
        return log;
    }

    /** Work that has begun is ended; revisions that were withdrawn are closed. */
    void close() throws InterruptedException {
        shadows.shutdownNow();
        adapters.shutdownNow();
        List<ExecutorService> all = List.of(prompts, shadows, log, adapters, models);
        all.forEach(ExecutorService::shutdown);
        for (ExecutorService one : all) {
            one.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }
}
