package dev.hone.quantizer;

import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.CorruptArtifact;
import dev.hone.artifacts.StoreConfig;
import dev.hone.events.EventPublisher;
import dev.hone.events.Event;
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
import dev.hone.v1.AdapterTrained;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The process that quantizes one run's model: {@code quantize-<run id>}, or {@code qat-<run id>} where it may train, too. */
final class QuantizeJob implements Job {

    private static final Logger LOG = LoggerFactory.getLogger(QuantizeJob.class);

    private final Map<String, String> environment;

    private QuantizeJob(Map<String, String> environment) {
        this.environment = environment;
    }

    public static void main(String[] args) {
        JobMain.run(args, new TracedJob(QuantizerBeans.SERVICE, RunFailures.QUANTIZE, System.getenv(), new QuantizeJob(System.getenv())));
    }

    @Override
    public void run(JobContext context) throws JobStopped, JobFailure, InvalidEvent {
        Event<AdapterTrained> event = event(context);
        ArtifactStore store = ArtifactStore.connect(StoreConfig.fromEnvironment(environment), QuantizerBeans.SERVICE);
        try (EventPublisher publisher = publisher();
                ProgressReporter progress = new ProgressReporter(publisher, event)) {
            QuantizedModels models = new QuantizedModels(store, event.data(), cache(), context.directory());
            publisher.publish(Topic.QUANTIZE_DONE, models.makeOrFind(progress, context.stopRequested()), event.asCause());
            models.deleteCheckpoints();
        } catch (IOException | UncheckedIOException | KafkaException e) {
            throw new JobStopped("Expected the store and the broker to answer, found: " + e, e);
        } catch (CorruptArtifact e) {
            throw new JobFailure(e.code(), e.getMessage(), false, e);
        }
    }

    @Override
    public void tell(JobContext context, JobFailure failure) {
        try (EventPublisher publisher = publisher()) {
            new RunFailures(publisher).tell(event(context), failure);
        } catch (InvalidEvent e) {
            // without a readable event there is no run to speak of, and a restart would read the same
            LOG.error("the job's own event cannot be read code={} reason={}", e.code(), e.getMessage());
        }
    }

    private static Event<AdapterTrained> event(JobContext context) throws InvalidEvent {
        return StructuredEvents.parse(Topic.ADAPTER_TRAINED, context.event());
    }

    /** Base models are large and the same for many runs: they stay on this machine. */
    private Path cache() {
        return Path.of(environment.getOrDefault("HONE_WORK_DIR", System.getProperty("java.io.tmpdir"))).resolve("cache").resolve("base");
    }

    private EventPublisher publisher() {
        return new EventPublisher(KafkaSettings.fromEnvironment(environment), QuantizerBeans.SERVICE);
    }
}
