package dev.hone.quantizer;

import dev.hone.events.Cause;
import dev.hone.events.Event;
import dev.hone.events.EventPublisher;
import dev.hone.events.Topic;
import dev.hone.llm.quant.QuantizationObserver;
import dev.hone.v1.AdapterTrained;
import dev.hone.v1.RunProgress;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes {@code run.progress} twice a second from its own thread, so that a slow step does not look like a dead one. */
final class ProgressReporter implements QuantizationObserver, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ProgressReporter.class);
    private static final long PERIOD_MILLIS = 500;

    private final EventPublisher publisher;
    private final AdapterTrained run;
    private final Cause cause;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("progress").factory());
    private volatile State state = new State(0, 0, "fetching model and data", 0);
    private long firstLayerNanos;

    private record State(int done, int total, String message, double secondsLeft) {}

    ProgressReporter(EventPublisher publisher, Event<AdapterTrained> event) {
        this.publisher = publisher;
        this.run = event.data();
        this.cause = event.asCause();
        timer.scheduleAtFixedRate(this::send, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    void phase(String message) {
        state = new State(state.done, state.total, message, 0);
    }

    @Override
    public void layer(int done, int total, String name) {
        long now = System.nanoTime();
        firstLayerNanos = done == 1 ? now : firstLayerNanos;
        double left = done == 1 ? 0 : (now - firstLayerNanos) / 1e9 / (done - 1) * (total - done);
        state = new State(done, total, name, left);
        LOG.info("layer quantized runId={} layer={} step={} of={}", run.getRunId(), name, done, total);
    }

    private void send() {
        State now = state;
        try {
            publisher.publishLater(Topic.RUN_PROGRESS, RunProgress.newBuilder()
                    .setRunId(run.getRunId())
                    .setModelName(run.getModelName())
                    .setStage(RunFailures.QUANTIZE)
                    .setStep(now.done)
                    .setTotalSteps(now.total)
                    .setSecondsLeft(now.secondsLeft)
                    .setMessage(now.message)
                    .build(), cause, String.valueOf(System.nanoTime()));
        } catch (RuntimeException e) {
            // an exception would end the timer, and progress is not worth ending the work for
            LOG.warn("progress not sent runId={} reason={}", run.getRunId(), e.toString());
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
        send();
    }
}
