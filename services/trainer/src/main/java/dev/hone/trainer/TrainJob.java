package dev.hone.trainer;

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
import dev.hone.v1.TrainRequested;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code train.requested} → {@code adapter.trained}, as a process of its own: no Quarkus, one run, then the end. */
final class TrainJob implements Job {

    private static final Logger LOG = LoggerFactory.getLogger(TrainJob.class);

    private final Map<String, String> environment;

    TrainJob(Map<String, String> environment) {
        this.environment = environment;
    }

    public static void main(String[] args) {
        JobMain.run(args, new TracedJob(TrainerBeans.SERVICE, RunFailures.TRAIN, System.getenv(), new TrainJob(System.getenv())));
    }

    @Override
    public void run(JobContext context) throws Exception {
        Event<TrainRequested> request = StructuredEvents.parse(Topic.TRAIN_REQUESTED, context.event());
        ArtifactStore store = ArtifactStore.connect(StoreConfig.fromEnvironment(environment), TrainerBeans.SERVICE);
        try (EventPublisher publisher = publisher()) {
            new TrainingRun(request, store, publisher, cache(), context).run();
        } catch (IOException | KafkaException e) {
            throw new JobStopped("Expected the store and the broker to answer, found that one does not: " + e.getMessage(), e);
        } catch (CorruptArtifact e) {
            throw new JobFailure(e.code(), e.getMessage(), false, e);
        }
    }

    @Override
    public void tell(JobContext context, JobFailure failure) {
        try (EventPublisher publisher = publisher()) {
            Event<TrainRequested> request = StructuredEvents.parse(Topic.TRAIN_REQUESTED, context.event());
            new RunFailures(publisher).tell(RunFailures.TRAIN, request.data().getRunId(), request.data().getModelName(), failure, request.asCause());
        } catch (InvalidEvent e) {
            // Without a readable event there is no run to speak of, and a restart would read the same.
            LOG.error("the job's own event cannot be read code={} reason={}", e.code(), e.getMessage());
        }
    }

    private EventPublisher publisher() {
        return new EventPublisher(KafkaSettings.fromEnvironment(environment), TrainerBeans.SERVICE);
    }

    /** Base models are large and the same for many runs: they stay on this machine. */
    private Path cache() {
        return Path.of(environment.getOrDefault("HONE_WORK_DIR", System.getProperty("java.io.tmpdir"))).resolve("cache");
    }
}
