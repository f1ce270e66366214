package dev.hone.trainer;

import dev.hone.artifacts.ArtifactStore;
import dev.hone.events.Event;
import dev.hone.events.EventIds;
import dev.hone.events.EventPublisher;
import dev.hone.events.Inbox;
import dev.hone.events.Topic;
import dev.hone.jobs.JobFailure;
import dev.hone.v1.DatasetReady;
import dev.hone.v1.Recipe;
import dev.hone.v1.TrainRequested;
import io.smallrye.reactive.messaging.annotations.Blocking;
import jakarta.inject.Singleton;
import java.io.IOException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code dataset.ready} → {@code train.requested}: decides everything about a run before it begins. */
@Singleton
class Planner {

    private static final Logger LOG = LoggerFactory.getLogger(Planner.class);

    private final Inbox inbox;
    private final ArtifactStore store;
    private final EventPublisher publisher;
    private final RunFailures failures;

    Planner(Inbox inbox, ArtifactStore store, EventPublisher publisher, RunFailures failures) {
        this.inbox = inbox;
        this.store = store;
        this.publisher = publisher;
        this.failures = failures;
    }

    @Incoming("dataset-ready")
    @Blocking("planner")
    void datasetReady(ConsumerRecord<String, byte[]> record) throws InterruptedException {
        inbox.<DatasetReady>handle(Topic.DATASET_READY, record, this::plan);
    }

    private void plan(Event<DatasetReady> event) throws IOException {
        DatasetReady ready = event.data();
        try {
            Recipe recipe = recipe(ready);
            String runId = EventIds.runId(ready.getDatasetId(), ready.getBaseModel(), recipe);
            publisher.publish(Topic.TRAIN_REQUESTED, request(ready, runId, recipe), event.asCause().correlated(runId));
            LOG.info("run planned runId={} datasetId={} baseModel={}", runId, ready.getDatasetId(), ready.getBaseModel());
        } catch (JobFailure e) {
            failures.tell(RunFailures.PLAN, ready.getDatasetId(), ready.getModelName(), e, event.asCause());
        }
    }

    private Recipe recipe(DatasetReady ready) throws IOException, JobFailure {
        ModelFacts model = ModelFacts.read(store, ready.getBaseModel());
        Recipe recipe = RecipeDefaults.complete(ready.getRecipe(), model, DatasetFacts.of(ready, store));
        RecipeRules.check(recipe, model);
        return recipe;
    }

    private static TrainRequested request(DatasetReady ready, String runId, Recipe recipe) {
        return TrainRequested.newBuilder()
                .setRunId(runId)
                .setDatasetId(ready.getDatasetId())
                .setDataset(ready.getDataset())
                .setBaseModel(ready.getBaseModel())
                .setModelName(ready.getModelName())
                .setRecipe(recipe)
                .build();
    }
}
