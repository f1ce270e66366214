package dev.hone.trainer;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactMissing;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.Checkpoints;
import dev.hone.artifacts.Directories;
import dev.hone.artifacts.Manifest;
import dev.hone.artifacts.ManifestRef;
import dev.hone.events.Event;
import dev.hone.events.EventPublisher;
import dev.hone.events.Topic;
import dev.hone.jobs.JobContext;
import dev.hone.jobs.JobFailure;
import dev.hone.jobs.JobStopped;
import dev.hone.llm.estimate.Estimate;
import dev.hone.llm.estimate.Forecast;
import dev.hone.llm.estimate.ProcessMemory;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.train.CheckpointStore;
import dev.hone.llm.train.FineTune;
import dev.hone.llm.train.FineTuneResult;
import dev.hone.llm.train.FineTuneSpec;
import dev.hone.llm.train.TrainingFailed;
import dev.hone.llm.train.TrainingInterrupted;
import dev.hone.telemetry.Part;
import dev.hone.v1.TrainRequested;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run: fetch, train, publish, say so. Whatever of it is done already is not done again. */
final class TrainingRun {

    private static final Logger LOG = LoggerFactory.getLogger(TrainingRun.class);
    private static final String VALIDATION_ROWS = "validation.jsonl";

    private final Event<TrainRequested> event;
    private final TrainRequested request;
    private final ArtifactStore store;
    private final EventPublisher publisher;
    private final Path cache;
    private final JobContext context;

    TrainingRun(Event<TrainRequested> event, ArtifactStore store, EventPublisher publisher, Path cache, JobContext context) {
        this.event = event;
        this.request = event.data();
        this.store = store;
        this.publisher = publisher;
        this.cache = cache;
        this.context = context;
    }

    /**
     * @throws JobStopped after a checkpoint, because the process was asked to end
     * @throws JobFailure when there can be no adapter
     * @throws IOException when the store is away
     */
    void run() throws IOException, JobFailure, JobStopped {
        String prefix = ArtifactLayout.adapter(request.getRunId());
        Checkpoints checkpoints = store.checkpoints(ArtifactLayout.checkpoints(request.getRunId()), request.getRunId(), context.directory().resolve("checkpoint"));
        Optional<Manifest> done = store.manifest(prefix);
        if (done.isEmpty()) {
            train(prefix, checkpoints);
        } else {
            AdapterProperties.requireSameWork(request, done.get());
            LOG.info("adapter is there already runId={}", request.getRunId());
        }
        announce(prefix);
        checkpoints.deleteAll();
    }

    private void train(String prefix, Checkpoints checkpoints) throws IOException, JobFailure, JobStopped {
        try (Progress progress = new Progress(publisher, event)) {
            progress.say("fetching the base model and the dataset");
            FineTuneSpec spec;
            CheckpointStore restored;
            try (Part fetch = Part.of("fetch")) {
                spec = spec(fetchBase(), fetchDataset());
                restored = new StoredCheckpoints(checkpoints, checkpoints.fetch());
            }
            progress.say("loading");
            Trained trained = fineTune(spec, progress, restored);
            FineTuneResult result = trained.result();
            progress.say("uploading the adapter");
            try (Part publish = Part.of("publish")) {
                store.publish(prefix, result.output(), "adapter", request.getRunId(), AdapterProperties.of(request, result, trained.predicted()));
            }
            LOG.info("run trained runId={} steps={} trainLoss={} validationLoss={} seconds={} predictedSeconds={} peakBytes={} predictedBytes={}",
                    request.getRunId(), result.steps(), result.trainLoss(), result.validationLoss(), result.seconds(), trained.predicted().seconds(),
                    result.peakMemoryBytes(), Math.round(trained.predicted().bytes()));
        }
    }

    private record Trained(FineTuneResult result, Estimate predicted) {}

    private Trained fineTune(FineTuneSpec spec, Progress progress, CheckpointStore checkpoints) throws JobFailure, JobStopped {
        try (Part train = Part.of("train")) {
            Estimate predicted = predict(spec);
            return new Trained(FineTune.run(spec, progress, checkpoints, context.stopRequested()), predicted);
        } catch (TrainingInterrupted e) {
            throw new JobStopped(e.getMessage(), e);
        } catch (TrainingFailed e) {
            throw new JobFailure(e.code(), e.getMessage(), e.userError(), e);
        } catch (FormatException e) {
            throw new JobFailure("unsupported_base_model", e.getMessage(), true, e);
        }
    }

    /** @throws TrainingFailed when the run cannot fit into the memory that this process may have */
    private Estimate predict(FineTuneSpec spec) {
        Forecast forecast = Forecast.of(spec);
        Estimate estimate = forecast.estimate();
        LOG.info("predicted runId={} trainableParameters={} bytes={} steps={} seconds={}", request.getRunId(), estimate.trainableParameters(),
                Math.round(estimate.bytes()), estimate.steps(), estimate.seconds());
        forecast.requireFits(ProcessMemory.here().available());
        return estimate;
    }

    private FineTuneSpec spec(Path baseModel, Path dataset) throws IOException, JobFailure {
        Path output = Directories.empty(context.directory().resolve("output"));
        Path validation = dataset.resolve(VALIDATION_ROWS);
        boolean validates = Files.exists(validation) && Files.size(validation) > 0;
        return new FineTuneSpec(baseModel, dataset.resolve(DatasetFacts.TRAIN_ROWS), validates ? validation : null, output,
                context.directory().resolve("training"), RecipeMapping.toTraining(request.getRecipe().getTraining()));
    }

    private Path fetchBase() throws IOException, JobFailure {
        Path target = cache.resolve("base").resolve(request.getBaseModel());
        fetch("unknown_base_model", new ManifestRef(ArtifactLayout.manifest(ArtifactLayout.baseModel(request.getBaseModel())), ""), target);
        return target;
    }

    private Path fetchDataset() throws IOException, JobFailure {
        Path target = context.directory().resolve("dataset");
        fetch("unknown_dataset", new ManifestRef(request.getDataset().getManifest(), request.getDataset().getSha256()), target);
        return target;
    }

    private void fetch(String codeIfMissing, ManifestRef ref, Path target) throws IOException, JobFailure {
        try {
            store.fetch(ref, target);
        } catch (ArtifactMissing e) {
            throw new JobFailure(codeIfMissing, e.getMessage(), true, e);
        }
    }

    /** From the manifest alone, so that a repeated request repeats the very same event. */
    private void announce(String prefix) throws IOException {
        Optional<Manifest> manifest = store.manifest(prefix);
        Optional<ManifestRef> ref = store.ref(prefix);
        if (manifest.isEmpty() || ref.isEmpty()) {
            throw new IOException("Expected the adapter's manifest at " + prefix + " that was just there, found none.");
        }
        publisher.publish(Topic.ADAPTER_TRAINED, AdapterProperties.event(request, manifest.get(), ref.get()), event.asCause());
    }
}
