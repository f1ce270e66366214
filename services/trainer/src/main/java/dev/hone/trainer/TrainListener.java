package dev.hone.trainer;

import dev.hone.artifacts.ArtifactStore;
import dev.hone.events.Event;
import dev.hone.events.EventIds;
import dev.hone.events.Inbox;
import dev.hone.events.KafkaSettings;
import dev.hone.events.StructuredEvents;
import dev.hone.events.Topic;
import dev.hone.jobs.JobFailure;
import dev.hone.jobs.JobLauncher;
import dev.hone.jobs.JobSpec;
import dev.hone.jobs.Placement;
import dev.hone.telemetry.Tracing;
import dev.hone.v1.Recipe;
import dev.hone.v1.TrainRequested;
import io.smallrye.reactive.messaging.annotations.Blocking;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/** {@code train.requested} → a Job. Hours of training never sit inside an unacknowledged record. */
@Singleton
class TrainListener {

    private final Inbox inbox;
    private final ArtifactStore store;
    private final JobLauncher launcher;
    private final RunFailures failures;
    private final Map<String, String> environment;

    TrainListener(Inbox inbox, ArtifactStore store, JobLauncher launcher, RunFailures failures, TrainerConfig config,
            KafkaSettings kafka, Config all) {
        this.inbox = inbox;
        this.store = store;
        this.launcher = launcher;
        this.failures = failures;
        this.environment = environment(config, kafka, all);
    }

    @Incoming("train-requested")
    @Blocking("train-listener")
    void trainRequested(ConsumerRecord<String, byte[]> record) throws InterruptedException {
        inbox.<TrainRequested>handle(Topic.TRAIN_REQUESTED, record, this::launch);
    }

    private void launch(Event<TrainRequested> event) throws IOException {
        TrainRequested asked = event.data();
        try {
            ModelFacts model = ModelFacts.read(store, asked.getBaseModel());
            TrainRequested request = complete(asked, model);
            Event<TrainRequested> work = new Event<>(event.id(), event.type(), event.source(), request.getRunId(),
                    request.getRunId(), event.causationId(), event.time(), event.traceparent(), request);
            Placement placement = Placement.of(request.getRecipe(), RunFailures.TRAIN, request.getRunId(), event.time(),
                    CheckpointSize.bytes(request.getRecipe().getTraining(), model));
            launcher.launch(new JobSpec("train-" + request.getRunId(), TrainJob.class.getName(), StructuredEvents.print(work), environment, placement));
        } catch (JobFailure e) {
            String subject = asked.getRunId().isEmpty() ? asked.getDatasetId() : asked.getRunId();
            failures.tell(RunFailures.TRAIN, subject, asked.getModelName(), e, event.asCause());
        }
    }

    /** A command from another system may name no run and leave the recipe open; the planner's is complete already. */
    private TrainRequested complete(TrainRequested asked, ModelFacts model) throws IOException, JobFailure {
        Recipe recipe = complete(asked.getRecipe(), model, asked.getDataset().getManifest());
        RecipeRules.check(recipe, model);
        TrainRequested.Builder request = asked.toBuilder().setRecipe(recipe);
        if (asked.getRunId().isEmpty()) {
            request.setRunId(EventIds.runId(asked.getDatasetId(), asked.getBaseModel(), recipe));
        }
        return request.build();
    }

    /** Reads the dataset only when there is something to fill in: it may be large. */
    private Recipe complete(Recipe asked, ModelFacts model, String dataset) throws IOException, JobFailure {
        return RecipeDefaults.isComplete(asked) ? asked : RecipeDefaults.complete(asked, model, DatasetFacts.read(store, dataset));
    }

    private static Map<String, String> environment(TrainerConfig config, KafkaSettings kafka, Config all) {
        Map<String, String> environment = new HashMap<>(config.storeConfig().toEnvironment());
        environment.putAll(kafka.toEnvironment());
        environment.putAll(Tracing.environment(key -> all.getOptionalValue(key, String.class)));
        Path workDirectory = config.workDir().toAbsolutePath();
        environment.put("HONE_WORK_DIR", workDirectory.toString());
        return environment;
    }
}
