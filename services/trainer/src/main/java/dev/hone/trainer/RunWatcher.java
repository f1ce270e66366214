package dev.hone.trainer;

import com.google.protobuf.Message;
import dev.hone.events.Event;
import dev.hone.events.EventCodec;
import dev.hone.events.InvalidEvent;
import dev.hone.events.Topic;
import dev.hone.telemetry.meters.RunMeters;
import dev.hone.v1.AdapterTrained;
import dev.hone.v1.EvalDone;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.RunFailed;
import dev.hone.v1.RunProgress;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What became of the runs that begin here, for a dashboard. Jobs live too shortly to be asked, so they are listened to; by
 * one service, so that a run is counted once, and by this one, because it is never scaled by its load.
 */
@Singleton
class RunWatcher {
    private static final Logger LOG = LoggerFactory.getLogger(RunWatcher.class);

    private final RunMeters meters;

    RunWatcher(MeterRegistry registry) {
        this.meters = new RunMeters(registry, Clock.systemUTC());
    }

    @Incoming("run-progress")
    void progress(ConsumerRecord<String, byte[]> record) {
        this.<RunProgress>hear(Topic.RUN_PROGRESS, record, meters::progress);
    }

    @Incoming("run-failed")
    void failed(ConsumerRecord<String, byte[]> record) {
        this.<RunFailed>hear(Topic.RUN_FAILED, record, meters::failed);
    }

    @Incoming("adapter-trained")
    void trained(ConsumerRecord<String, byte[]> record) {
        this.<AdapterTrained>hear(Topic.ADAPTER_TRAINED, record, event -> meters.done("train", event.data().getRunId(), event));
    }

    @Incoming("quantize-done")
    void quantized(ConsumerRecord<String, byte[]> record) {
        this.<QuantizeDone>hear(Topic.QUANTIZE_DONE, record, event -> meters.done("quantize", event.data().getRunId(), event));
    }

    @Incoming("eval-done")
    void evaluated(ConsumerRecord<String, byte[]> record) {
        this.<EvalDone>hear(Topic.EVAL_DONE, record, event -> {
            meters.done("evaluate", event.data().getRunId(), event);
            meters.judged(event, event.data().getPassed());
        });
    }

    /** Whose work a record is puts it aside where it is none; a second dead letter would help nobody. */
    private <T extends Message> void hear(Topic topic, ConsumerRecord<String, byte[]> record, Consumer<Event<T>> heard) {
        try {
            heard.accept(EventCodec.decode(topic, record));
        } catch (InvalidEvent e) {
            LOG.debug("not counted topic={} offset={} reason={}", record.topic(), record.offset(), e.getMessage());
        }
    }
}
