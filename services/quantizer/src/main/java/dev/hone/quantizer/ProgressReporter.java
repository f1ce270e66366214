package dev.hone.quantizer;

import dev.hone.events.Event;
import dev.hone.events.EventPublisher;
import dev.hone.events.ProgressTicker;
import dev.hone.llm.quant.QuantizationObserver;
import dev.hone.v1.AdapterTrained;
import dev.hone.v1.RunProgress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code run.progress} of a quantization, and its log. A step is a layer's matrix. */
final class ProgressReporter implements QuantizationObserver, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ProgressReporter.class);
    private final ProgressTicker ticker;
    private final String runId;
    private long firstLayerNanos;

    ProgressReporter(EventPublisher publisher, Event<AdapterTrained> event) {
        this.runId = event.data().getRunId();
        this.ticker = new ProgressTicker(publisher, event.asCause(), RunProgress.newBuilder().setRunId(runId)
                .setModelName(event.data().getModelName()).setStage(RunFailures.QUANTIZE).setMessage("fetching model and data").build());
    }

    void phase(String message) {
        ticker.update(latest -> latest.setMessage(message).setSecondsLeft(0));
    }

    @Override
    public void layer(int done, int total, String name) {
        long now = System.nanoTime();
        firstLayerNanos = done == 1 ? now : firstLayerNanos;
        double left = done == 1 ? 0 : (now - firstLayerNanos) / 1e9 / (done - 1) * (total - done);
        ticker.update(latest -> latest.setStep(done).setTotalSteps(total).setMessage(name).setSecondsLeft(left));
        LOG.info("layer quantized runId={} layer={} step={} of={}", runId, name, done, total);
    }

    @Override
    public void close() {
        ticker.close();
    }
}
