package dev.hone.quantizer;

import dev.hone.events.Event;
import dev.hone.events.EventPublisher;
import dev.hone.events.ProgressTicker;
import dev.hone.llm.quant.QuantizationObserver;
import dev.hone.llm.train.StepReport;
import dev.hone.llm.train.TrainingObserver;
import dev.hone.telemetry.jobs.JobFigures;
import dev.hone.v1.AdapterTrained;
import dev.hone.v1.RunProgress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code run.progress} of a quantization, and its log. A step is a layer's matrix; while it trains with rounded weights, an optimizer's. */
final class ProgressReporter implements QuantizationObserver, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ProgressReporter.class);
    private static final int STEPS_BETWEEN_LOGS = 20;
    private final ProgressTicker ticker;
    private final String runId;
    private long firstLayerNanos;

    ProgressReporter(EventPublisher publisher, Event<AdapterTrained> event) {
        this.runId = event.data().getRunId();
        this.ticker = new ProgressTicker(publisher, event.asCause(), RunProgress.newBuilder().setRunId(runId)
                .setModelName(event.data().getModelName()).setStage(RunFailures.QUANTIZE).setMessage("fetching model and data").build(), JobFigures.since(event.time()));
    }

    @Override
    public void phase(String what) {
        ticker.update(latest -> latest.setMessage(what).setSecondsLeft(0).clearLoss().clearTokensPerSecond().clearLearningRate());
        LOG.info("phase runId={} phase={}", runId, what);
    }

    @Override
    public void layer(int done, int total, String name) {
        long now = System.nanoTime();
        firstLayerNanos = done == 1 ? now : firstLayerNanos;
        double left = done == 1 ? 0 : (now - firstLayerNanos) / 1e9 / (done - 1) * (total - done);
        ticker.update(latest -> latest.setStep(done).setTotalSteps(total).setMessage(name).setSecondsLeft(left));
        LOG.info("layer quantized runId={} layer={} step={} of={}", runId, name, done, total);
    }

    /** Of a training with rounded weights. */
    TrainingObserver training() {
        return new TrainingObserver() {
            @Override
            public void step(StepReport report) {
                ticker.update(latest -> latest.setMessage("training with rounded weights").setStep(report.step()).setTotalSteps(report.totalSteps())
                        .setLoss(finite(report.loss())).setLearningRate(report.learningRate()).setTokensPerSecond(finite(report.tokensPerSecond()))
                        .setSecondsLeft(finite(report.secondsLeft())));
                if (report.step() % STEPS_BETWEEN_LOGS == 0) {
                    LOG.info("step runId={} step={} totalSteps={} loss={} tokensPerSecond={}", runId, report.step(), report.totalSteps(), report.loss(),
                            Math.round(report.tokensPerSecond()));
                }
            }

            @Override
            public void checkpointed(long step) {
                LOG.info("checkpointed runId={} step={}", runId, step);
            }
        };
    }

    private static double finite(double value) {
        return Double.isFinite(value) ? value : 0;
    }

    @Override
    public void close() {
        ticker.close();
    }
}
