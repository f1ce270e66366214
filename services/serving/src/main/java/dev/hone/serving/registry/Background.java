package dev.hone.serving.registry;

import io.opentelemetry.context.Context;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that works through what may wait, as part of the trace of whoever asked for it. An executor keeps what a task throws
 * to itself; this one says it.
 */
final class Background {
    static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Logger LOG = LoggerFactory.getLogger(Background.class);

    private final ScheduledExecutorService thread;

    Background(ScheduledExecutorService thread) {
        this.thread = thread;
    }

    void run(Runnable work) {
        thread.execute(Context.current().wrap(loudly(work)));
    }

    void later(Runnable work, Duration pause) {
        thread.schedule(Context.current().wrap(loudly(work)), pause.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The pause before the next try of what failed after this one. */
    static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
    }

    private static Runnable loudly(Runnable work) {
        return () -> {
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                LOG.error("bug in background work", e);
                throw e;
            }
        };
    }
}
