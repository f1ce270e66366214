package dev.hone.ingest.intake;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.ManifestRef;
import dev.hone.datasets.DatasetReport;
import dev.hone.datasets.Digests;
import dev.hone.events.Cause;
import dev.hone.events.Event;
import dev.hone.events.EventJson;
import dev.hone.events.EventPublisher;
import dev.hone.events.InvalidEvent;
import dev.hone.events.Topic;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.DatasetReady;
import dev.hone.v1.Recipe;
import dev.hone.v1.RunFailed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Tells the others what came of a file, and remembers what was told last of each model. */
public final class Announcer {
    private static final String LATEST = "latest";

    private final ArtifactStore store;
    private final EventPublisher publisher;

    public Announcer(ArtifactStore store, EventPublisher publisher) {
        this.store = store;
        this.publisher = publisher;
    }

    /** Emits {@code dataset.ready}; the same dataset, model name and recipe again is the same event again. */
    public Event<DatasetReady> ready(DatasetReport report, ManifestRef manifest, String modelName, Recipe recipe) throws IOException {
        DatasetReady.Builder ready = DatasetReady.newBuilder().setDatasetId(report.datasetId()).setModelName(modelName)
                .setDataset(ArtifactRef.newBuilder().setManifest(manifest.key()).setSha256(manifest.sha256()))
                .setBaseModel(report.baseModel()).setParentDatasetId(report.parentDatasetId())
                .setTrainRows(count(report.rows().train())).setValidationRows(count(report.rows().validation()))
                .setTestRows(count(report.rows().test())).setRejectedRows(count(report.rows().rejected()))
                .setTrainTokens(report.trainTokens()).setMaxRowTokens(report.maxRowTokens())
                .setRowKind(report.rowKind());
        if (!recipe.equals(Recipe.getDefaultInstance())) {
            ready.setRecipe(recipe);
        }
        DatasetReady message = ready.build();
        store.write(ArtifactLayout.feedback(modelName, LATEST), EventJson.print(message).getBytes(StandardCharsets.UTF_8));
        String cause = Digests.shortHash(List.of(report.datasetId(), modelName, EventJson.print(recipe)));
        return publisher.publish(Topic.DATASET_READY, message, Cause.outside("dataset/" + cause));
    }

    /** What was emitted last for a model of this name. */
    public Optional<DatasetReady> latest(String modelName) throws IOException {
        Optional<byte[]> json = store.read(ArtifactLayout.feedback(modelName, LATEST));
        try {
            return json.isEmpty() ? Optional.empty()
                    : Optional.of(EventJson.parse(new String(json.get(), StandardCharsets.UTF_8), DatasetReady.getDefaultInstance()));
        } catch (InvalidEvent e) {
            throw new IllegalStateException("what ingest wrote of " + modelName + " is no dataset.ready", e);
        }
    }

    /** Emits {@code run.failed}. @param subject dataset id, or what stands for it where the file could not be read */
    public void failed(String subject, String modelName, UserError error) {
        RunFailed failed = RunFailed.newBuilder().setRunId(subject).setStage("ingest").setCode(error.code()).setMessage(error.getMessage())
                .setKind("user_error").setModelName(modelName).build();
        publisher.publish(Topic.RUN_FAILED, failed, Cause.outside("dataset/" + subject + "/" + modelName));
    }

    private static int count(long rows) {
        return Math.toIntExact(rows);
    }
}
