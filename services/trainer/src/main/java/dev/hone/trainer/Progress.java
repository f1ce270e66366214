package dev.hone.trainer;

import dev.hone.events.Event;
import dev.hone.events.EventPublisher;
import dev.hone.events.ProgressTicker;
import dev.hone.llm.train.StepReport;
import dev.hone.llm.train.TrainingObserver;
import dev.hone.llm.train.ValidationReport;
import dev.hone.telemetry.jobs.JobFigures;
import dev.hone.v1.RunProgress;
import dev.hone.v1.TrainRequested;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code run.progress} of a training, and its log. */
final class Progress implements TrainingObserver, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Progress.class);
    private static final int STEPS_BETWEEN_LOGS = 20;

    private final ProgressTicker ticker;
    private final String runId;

    Progress(EventPublisher publisher, Event<TrainRequested> cause) {
        this.runId = cause.data().getRunId();
        this.ticker = new ProgressTicker(publisher, cause.asCause(), RunProgress.newBuilder().setRunId(cause.data().getRunId()).setModelName(cause.data().getModelName())
                .setStage(RunFailures.TRAIN).build(), JobFigures.since(cause.time()));
    }

    void say(String message) {
        ticker.update(latest -> latest.setMessage(message));
    }

    @Override
    public void step(StepReport report) {
        ticker.update(latest -> latest
                .setMessage("training")
                .setStep(report.step())
                .setTotalSteps(report.totalSteps())
                .setLoss(finite(report.loss()))
                .setValidationLoss(finite(report.lastValidationLoss()))
                .setLearningRate(report.learningRate())
                .setTokensPerSecond(finite(report.tokensPerSecond()))
                .setSecondsLeft(finite(report.secondsLeft())));
        if (report.step() % STEPS_BETWEEN_LOGS == 0) {
            LOG.info("step runId={} step={} totalSteps={} loss={} tokensPerSecond={}", runId, report.step(),
                    report.totalSteps(), report.loss(), Math.round(report.tokensPerSecond()));
        }
    }

    @Override
    public void validated(ValidationReport report) {
        ticker.update(latest -> latest.setValidationLoss(finite(report.loss())));
        LOG.info("validated runId={} step={} validationLoss={} best={}", runId, report.step(), report.loss(), report.best());
    }

    @Override
    public void checkpointed(long step) {
        LOG.info("checkpointed runId={} step={}", runId, step);
    }

    /** With the last numbers out, so that who looks on sees the run arrive. */
    @Override
    public void close() {
        ticker.close();
    }

    private static double finite(double value) {
        return Double.isFinite(value) ? value : 0;
    }
}
