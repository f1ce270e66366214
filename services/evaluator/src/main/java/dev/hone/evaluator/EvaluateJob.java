package dev.hone.evaluator;

import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.CorruptArtifact;
import dev.hone.artifacts.StoreConfig;
import dev.hone.events.Event;
import dev.hone.events.EventPublisher;
import dev.hone.events.InvalidEvent;
import dev.hone.events.KafkaSettings;
import dev.hone.events.StructuredEvents;
import dev.hone.events.Topic;
import dev.hone.jobs.Job;
import dev.hone.jobs.JobContext;
import dev.hone.jobs.JobFailure;
import dev.hone.jobs.JobMain;
import dev.hone.jobs.JobStopped;
import dev.hone.telemetry.jobs.TracedJob;
import dev.hone.v1.QuantizeDone;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code quantize.done} → {@code eval.done}, as a process of its own: no Quarkus, one run, then the end. */
final class EvaluateJob implements Job {
    private static final Logger LOG = LoggerFactory.getLogger(EvaluateJob.class);

    private final Map<String, String> environment;

    EvaluateJob(Map<String, String> environment) {
        this.environment = environment;
    }

    public static void main(String[] args) {
        JobMain.run(args, new TracedJob(EvaluatorBeans.SERVICE, EvaluatorBeans.STAGE, System.getenv(), new EvaluateJob(System.getenv())));
    }

    @Override
    public void run(JobContext context) throws Exception {
        Event<QuantizeDone> event = StructuredEvents.parse(Topic.QUANTIZE_DONE, context.event());
        ArtifactStore store = ArtifactStore.connect(StoreConfig.fromEnvironment(environment), EvaluatorBeans.SERVICE);
        try (EventPublisher publisher = publisher()) {
            new EvaluationRun(event, store, publisher, cache(), context).run();
        } catch (IOException | UncheckedIOException | KafkaException e) {
            throw new JobStopped("Expected the store and the broker to answer, found: " + e, e);
        } catch (CorruptArtifact e) {
            throw new JobFailure(e.code(), e.getMessage(), false, e);
        }
    }

    @Override
    public void tell(JobContext context, JobFailure failure) {
        try (EventPublisher publisher = publisher()) {
            new RunFailures(publisher).tell(StructuredEvents.parse(Topic.QUANTIZE_DONE, context.event()), failure);
        } catch (InvalidEvent e) {
            // Without a readable event there is no run to speak of, and a restart would read the same.
            LOG.error("the job's own event cannot be read code={} reason={}", e.code(), e.getMessage());
        }
    }

    private EventPublisher publisher() {
        return new EventPublisher(KafkaSettings.fromEnvironment(environment), EvaluatorBeans.SERVICE);
    }

    /** Base models stay on this machine. */
    private Path cache() {
        return Path.of(environment.getOrDefault("HONE_WORK_DIR", System.getProperty("java.io.tmpdir"))).resolve("cache").resolve("base");
    }
}
