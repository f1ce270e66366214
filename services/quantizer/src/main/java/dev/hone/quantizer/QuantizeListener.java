package dev.hone.quantizer;

import dev.hone.events.Event;
import dev.hone.events.Inbox;
import dev.hone.events.KafkaSettings;
import dev.hone.events.StructuredEvents;
import dev.hone.events.Topic;
import dev.hone.jobs.JobFailure;
import dev.hone.jobs.JobLauncher;
import dev.hone.jobs.JobSpec;
import dev.hone.jobs.Placement;
import dev.hone.telemetry.Tracing;
import dev.hone.v1.AdapterTrained;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.reactive.messaging.annotations.Blocking;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/**
 * {@code adapter.trained} → a Job. Minutes of rounding never sit inside an unacknowledged record. A run that may train with
 * rounded weights is a Job of another kind: it takes hours, and what a training takes.
 */
@Singleton
class QuantizeListener {

    private final Inbox inbox;
    private final JobLauncher launcher;
    private final JobLauncher trainings;
    private final RunFailures failures;
    private final Map<String, String> environment;

    QuantizeListener(Inbox inbox, JobLauncher launcher, @Identifier(QuantizerBeans.QAT) JobLauncher trainings, RunFailures failures, QuantizerConfig config,
            KafkaSettings kafka, Config all) {
        this.inbox = inbox;
        this.launcher = launcher;
        this.trainings = trainings;
        this.failures = failures;
        this.environment = environment(config, kafka, all);
    }

    @Incoming("adapter-trained")
    @Blocking("quantize-listener")
    void adapterTrained(ConsumerRecord<String, byte[]> record) throws InterruptedException {
        inbox.<AdapterTrained>handle(Topic.ADAPTER_TRAINED, record, this::launch);
    }

    private void launch(Event<AdapterTrained> event) throws IOException {
        AdapterTrained adapter = event.data();
        boolean trains = adapter.getRecipe().getQuantization().hasQat();
        String stage = trains ? QuantizerBeans.QAT : RunFailures.QUANTIZE;
        Placement placement = Placement.of(adapter.getRecipe(), stage, adapter.getRunId(), event.time(), 0);
        try {
            (trains ? trainings : launcher).launch(new JobSpec(stage + "-" + adapter.getRunId(), QuantizeJob.class.getName(), StructuredEvents.print(event), environment, placement));
        } catch (JobFailure e) {
            failures.tell(event, e);
        }
    }

    private static Map<String, String> environment(QuantizerConfig config, KafkaSettings kafka, Config all) {
        Map<String, String> environment = new HashMap<>(config.storeConfig().toEnvironment());
        environment.putAll(kafka.toEnvironment());
        environment.putAll(Tracing.environment(key -> all.getOptionalValue(key, String.class)));
        environment.put("HONE_WORK_DIR", config.workDir().toAbsolutePath().toString());
        return environment;
    }
}
