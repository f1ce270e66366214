package dev.hone.events;

import dev.hone.v1.RunProgress;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a run's latest state to {@code run.progress} twice a second from a thread of its own, so that a slow step does
 * not look like a dead one. Progress is for the eye: where it cannot be written, the work goes on without it.
 */
public final class ProgressTicker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProgressTicker.class);
    private static final long PERIOD_MILLIS = 500;

    private final EventPublisher publisher;
    private final Cause cause;
    private final UnaryOperator<RunProgress.Builder> figures;
    /** A restarted job's progress is news, not a repetition: its ids must differ. */
    private final String process = UUID.randomUUID().toString();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("progress").factory());
    private volatile RunProgress latest;
    private long ticks;

    /**
     * @param first   run id, model name and stage, which stay; the rest is {@linkplain #update updated}
     * @param figures of the process, put in whenever the state is written, on the ticker's thread
     */
    public ProgressTicker(EventPublisher publisher, Cause cause, RunProgress first, UnaryOperator<RunProgress.Builder> figures) {
        this.publisher = publisher;
        this.cause = cause;
        this.figures = figures;
        this.latest = first;
        timer.scheduleAtFixedRate(this::tick, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Called by the thread that works. */
    public void update(UnaryOperator<RunProgress.Builder> change) {
        latest = change.apply(latest.toBuilder()).build();
    }

    /** The state as last updated. */
    public RunProgress latest() {
        return latest;
    }

    private synchronized void tick() {
        try {
            publisher.publishLater(Topic.RUN_PROGRESS, figures.apply(latest.toBuilder()).build(), cause, process + "/" + ticks++);
        } catch (RuntimeException e) {
            // an exception would end the timer
            LOG.warn("progress not written runId={} reason={}", latest.getRunId(), e.toString());
        }
    }

    /** With the last state written, so that who looks on sees the work arrive. */
    @Override
    public void close() {
        timer.shutdownNow();
        tick();
    }
}
