package dev.hone.trainer;

import dev.hone.artifacts.Manifest;
import dev.hone.artifacts.ManifestRef;
import dev.hone.events.EventIds;
import dev.hone.jobs.JobFailure;
import dev.hone.llm.estimate.Estimate;
import dev.hone.llm.train.FineTuneResult;
import dev.hone.v1.AdapterTrained;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.TrainRequested;
import java.util.Map;
import java.util.TreeMap;

/** What a run's numbers are called in the adapter's manifest, and the event that is made from them. */
final class AdapterProperties {

    private static final String WORK = "work";

    private AdapterProperties() {}

    /** @throws JobFailure when the sender gave this run's id to other work before */
    static void requireSameWork(TrainRequested request, Manifest done) throws JobFailure {
        if (!work(request).equals(done.property(WORK).orElse(""))) {
            throw JobFailure.userError("run_id_taken", "Expected run " + request.getRunId() + " to be new or the same work again, found an"
                    + " adapter of another dataset, base model or recipe under this run_id. Choose another run_id, or leave it out.");
        }
    }

    /** What a run nobody named would be called: a hash of all that shapes it. */
    private static String work(TrainRequested request) {
        return EventIds.runId(request.getDatasetId(), request.getBaseModel(), request.getRecipe());
    }

    /** @param predicted before the run, to be held against what it took */
    static Map<String, String> of(TrainRequested request, FineTuneResult result, Estimate predicted) {
        Map<String, String> properties = new TreeMap<>(Map.of(
                "base_model", request.getBaseModel(),
                WORK, work(request),
                "dataset", request.getDataset().getManifest(),
                "method", request.getRecipe().getTraining().getMethod(),
                "steps", String.valueOf(result.steps()),
                "train_loss", String.valueOf(result.trainLoss()),
                "validation_loss", String.valueOf(result.validationLoss()),
                "trained_tokens", String.valueOf(result.trainedTokens()),
                "seconds", String.valueOf(result.seconds()),
                "trainable_parameters", String.valueOf(result.trainableParameters())));
        properties.put("peak_memory_bytes", String.valueOf(result.peakMemoryBytes()));
        properties.put("predicted_memory_bytes", String.valueOf(Math.round(predicted.bytes())));
        properties.put("predicted_seconds", String.valueOf(predicted.seconds()));
        return properties;
    }

    static AdapterTrained event(TrainRequested request, Manifest manifest, ManifestRef ref) {
        return AdapterTrained.newBuilder()
                .setRunId(request.getRunId())
                .setModelName(request.getModelName())
                .setBaseModel(request.getBaseModel())
                .setDataset(request.getDataset())
                .setRecipe(request.getRecipe())
                .setAdapter(ArtifactRef.newBuilder().setManifest(ref.key()).setSha256(ref.sha256()))
                .setSteps((int) number(manifest, "steps"))
                .setTrainLoss(number(manifest, "train_loss"))
                .setValidationLoss(number(manifest, "validation_loss"))
                .setTrainedTokens((long) number(manifest, "trained_tokens"))
                .setSeconds(number(manifest, "seconds"))
                .setTrainableParameters((long) number(manifest, "trainable_parameters"))
                .build();
    }

    /** Absent and "not a number" (a run without validation rows) are the message's default. */
    private static double number(Manifest manifest, String name) {
        double value = manifest.property(name).map(Double::parseDouble).orElse(0.0);
        return Double.isFinite(value) ? value : 0;
    }
}
