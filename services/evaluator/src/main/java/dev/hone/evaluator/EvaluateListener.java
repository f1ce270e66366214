package dev.hone.evaluator;

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
import dev.hone.v1.QuantizeDone;
import io.smallrye.reactive.messaging.annotations.Blocking;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/** {@code quantize.done} → a Job. Minutes of evaluation never sit inside an unacknowledged record. */
@Singleton
class EvaluateListener {
    private final Inbox inbox;
    private final JobLauncher launcher;
    private final RunFailures failures;
    private final Map<String, String> environment;

    EvaluateListener(Inbox inbox, JobLauncher launcher, RunFailures failures, EvaluatorConfig config, KafkaSettings kafka, Config all) {
        this.inbox = inbox;
        this.launcher = launcher;
        this.failures = failures;
        this.environment = environment(config, kafka, all);
    }

    @Incoming("quantize-done")
    @Blocking("evaluate-listener")
    void quantizeDone(ConsumerRecord<String, byte[]> record) throws InterruptedException {
        inbox.<QuantizeDone>handle(Topic.QUANTIZE_DONE, record, this::launch);
    }

    private void launch(Event<QuantizeDone> event) throws IOException {
        QuantizeDone done = event.data();
        Placement placement = Placement.of(done.getRecipe(), EvaluatorBeans.STAGE, done.getRunId(), event.time(), 0);
        try {
            launcher.launch(new JobSpec("evaluate-" + done.getRunId(), EvaluateJob.class.getName(), StructuredEvents.print(event), environment, placement));
        } catch (JobFailure e) {
            failures.tell(event, e);
        }
    }

    private static Map<String, String> environment(EvaluatorConfig config, KafkaSettings kafka, Config all) {
        Map<String, String> environment = new HashMap<>(config.storeConfig().toEnvironment());
        environment.putAll(kafka.toEnvironment());
        environment.putAll(Tracing.environment(key -> all.getOptionalValue(key, String.class)));
        environment.put("HONE_WORK_DIR", config.workDir().toAbsolutePath().toString());
        return environment;
    }
}
