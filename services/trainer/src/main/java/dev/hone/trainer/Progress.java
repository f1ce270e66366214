package dev.hone.trainer;

import dev.hone.events.Event;
import dev.hone.events.EventPublisher;
import dev.hone.events.Topic;
import dev.hone.llm.train.StepReport;
import dev.hone.llm.train.TrainingObserver;
import dev.hone.llm.train.ValidationReport;
import dev.hone.v1.RunProgress;
import dev.hone.v1.TrainRequested;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code run.progress} once a second from a thread of its own, so that a slow step or a long load is no silence. */
final class Progress implements TrainingObserver, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Progress.class);
    private static final long PERIOD_MILLIS = 900;
    private static final int STEPS_BETWEEN_LOGS = 20;

    private final EventPublisher publisher;
    private final Event<TrainRequested> cause;
    private final ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("progress").factory());
    private volatile RunProgress latest;

    Progress(EventPublisher publisher, Event<TrainRequested> cause) {
        this.publisher = publisher;
        this.cause = cause;
        this.latest = RunProgress.newBuilder().setRunId(cause.data().getRunId()).setModelName(cause.data().getModelName())
                .setStage(RunFailures.TRAIN).build();
        ticker.scheduleAtFixedRate(this::publish, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    void say(String message) {
        latest = latest.toBuilder().setMessage(message).build();
    }

    @Override
    public void step(StepReport report) {
        latest = latest.toBuilder()
                .setMessage("training")
                .setStep(report.step())
                .setTotalSteps(report.totalSteps())
                .setLoss(finite(report.loss()))
                .setValidationLoss(finite(report.lastValidationLoss()))
                .setLearningRate(report.learningRate())
                .setTokensPerSecond(finite(report.tokensPerSecond()))
                .setSecondsLeft(finite(report.secondsLeft()))
                .build();
        if (report.step() % STEPS_BETWEEN_LOGS == 0) {
            LOG.info("step runId={} step={} totalSteps={} loss={} tokensPerSecond={}", latest.getRunId(), report.step(),
                    report.totalSteps(), report.loss(), Math.round(report.tokensPerSecond()));
        }
    }

    @Override
    public void validated(ValidationReport report) {
        latest = latest.toBuilder().setValidationLoss(finite(report.loss())).build();
        LOG.info("validated runId={} step={} validationLoss={} best={}", latest.getRunId(), report.step(), report.loss(), report.best());
    }

    @Override
    public void checkpointed(long step) {
        LOG.info("checkpointed runId={} step={}", latest.getRunId(), step);
    }

    /** With the last numbers out, so that who looks on sees the run arrive. */
    @Override
    public void close() {
        ticker.shutdownNow();
        publish();
    }

    private void publish() {
        try {
            publisher.publishLater(Topic.RUN_PROGRESS, latest, cause.asCause(), String.valueOf(System.nanoTime()));
        } catch (KafkaException e) {
            // Progress is for the eye: training goes on without it.
            LOG.warn("progress not published runId={} reason={}", latest.getRunId(), e.getMessage());
        }
    }

    private static double finite(double value) {
        return Double.isFinite(value) ? value : 0;
    }
}
