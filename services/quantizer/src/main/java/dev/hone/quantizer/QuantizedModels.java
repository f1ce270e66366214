package dev.hone.quantizer;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactMissing;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.CorruptArtifact;
import dev.hone.artifacts.Manifest;
import dev.hone.artifacts.ManifestRef;
import dev.hone.jobs.JobFailure;
import dev.hone.jobs.JobStopped;
import dev.hone.llm.data.RowException;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.quant.Budget;
import dev.hone.llm.quant.Quantization;
import dev.hone.llm.quant.QuantizationFailed;
import dev.hone.llm.quant.QuantizationInterrupted;
import dev.hone.llm.quant.QuantizationReport;
import dev.hone.llm.quant.QuantizationSpec;
import dev.hone.llm.quant.SchemeReport;
import dev.hone.llm.text.ChatTemplateException;
import dev.hone.v1.AdapterTrained;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.QuantizationRecipe;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.QuantizedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The quantized models of one run, in the store. Their manifests are the commit points: where all are there the work is
 * not done again, and the event that tells of them is the same.
 */
final class QuantizedModels {

    private static final Logger LOG = LoggerFactory.getLogger(QuantizedModels.class);
    private static final String SIZE = "size_bytes";
    private static final String BITS = "bits_per_weight";
    private static final String ERROR = "relative_error";
    private static final String ADAPTER_SHA256 = "adapter_sha256";
    private static final String CALIBRATION_ROWS = "train.jsonl";

    private final ArtifactStore store;
    private final AdapterTrained run;
    private final Path cache;
    private final Path scratch;

    /**
     * @param cache where base models stay between jobs
     * @param scratch of this job alone
     */
    QuantizedModels(ArtifactStore store, AdapterTrained run, Path cache, Path scratch) {
        this.store = store;
        this.run = run;
        this.cache = cache;
        this.scratch = scratch;
    }

    /**
     * @throws JobFailure when recipe, model or data make it impossible
     * @throws JobStopped when {@code stop} became true
     * @throws IOException when the store is away
     */
    QuantizeDone makeOrFind(ProgressReporter progress, BooleanSupplier stop) throws IOException, JobFailure, JobStopped {
        Optional<QuantizeDone> found = find();
        if (found.isPresent()) {
            LOG.info("models are there already runId={} schemes={}", run.getRunId(), schemes());
            return found.get();
        }
        try {
            publish(Quantization.run(fetch(), progress, stop), progress);
        } catch (QuantizationInterrupted e) {
            throw new JobStopped("quantization was asked to stop", e);
        } catch (QuantizationFailed e) {
            throw new JobFailure(e.code(), e.getMessage(), true, e);
        } catch (FormatException e) {
            throw new JobFailure("unsupported_model", e.getMessage(), true, e);
        } catch (RowException | ChatTemplateException e) {
            throw new JobFailure("unusable_rows", e.getMessage(), true, e);
        } catch (ArtifactMissing e) {
            throw new JobFailure("missing_artifact", e.getMessage(), true, e);
        } catch (CorruptArtifact e) {
            throw new JobFailure("corrupt_artifact", e.getMessage(), false, e);
        }
        return find().orElseThrow(() -> new IOException("the models of run " + run.getRunId() + " were published and cannot be read back"));
    }

    private Optional<QuantizeDone> find() throws IOException, JobFailure {
        QuantizeDone.Builder done = QuantizeDone.newBuilder()
                .setRunId(run.getRunId())
                .setModelName(run.getModelName())
                .setBaseModel(run.getBaseModel())
                .setDataset(run.getDataset())
                .setAdapter(run.getAdapter())
                .setRecipe(run.getRecipe());
        for (String scheme : schemes()) {
            String prefix = ArtifactLayout.model(run.getRunId(), scheme);
            Optional<Manifest> manifest = store.manifest(prefix);
            Optional<ManifestRef> ref = store.ref(prefix);
            if (manifest.isEmpty() || ref.isEmpty()) {
                return Optional.empty();
            }
            requireSameAdapter(manifest.get());
            done.addModels(model(scheme, manifest.get(), ref.get()));
        }
        return Optional.of(done.build());
    }

    private void requireSameAdapter(Manifest manifest) throws JobFailure {
        if (!manifest.property(ADAPTER_SHA256).orElse("").equals(run.getAdapter().getSha256())) {
            throw JobFailure.userError("run_id_taken", "Expected run " + run.getRunId() + " to be new or the same work again, found models made from"
                    + " another adapter under this run_id. Choose another run_id, or leave it out.");
        }
    }

    private static QuantizedModel model(String scheme, Manifest manifest, ManifestRef ref) {
        return QuantizedModel.newBuilder()
                .setScheme(scheme)
                .setModel(ArtifactRef.newBuilder().setManifest(ref.key()).setSha256(ref.sha256()))
                .setSizeBytes(Long.parseLong(manifest.property(SIZE).orElse("0")))
                .setBitsPerWeight(Double.parseDouble(manifest.property(BITS).orElse("0")))
                .setRelativeError(Double.parseDouble(manifest.property(ERROR).orElse("0")))
                .build();
    }

    private QuantizationSpec fetch() throws IOException {
        Path adapter = scratch.resolve("adapter");
        Path dataset = scratch.resolve("dataset");
        store.fetch(ref(run.getAdapter()), adapter);
        store.fetch(ref(run.getDataset()), dataset);
        Path base = adapter;
        if (AdapterFiles.existsIn(adapter)) {
            base = cache.resolve(run.getBaseModel());
            store.fetch(ArtifactLayout.baseModel(run.getBaseModel()), base);
        }
        QuantizationRecipe recipe = run.getRecipe().getQuantization();
        return new QuantizationSpec(base, adapter, schemes(), recipe.getGroupSize(), new QuantizationSpec.Rows(dataset.resolve(CALIBRATION_ROWS), recipe.getCalibrationRows(), null, 0),
                QuantizationSpec.Layout.COMPRESSED_TENSORS, false, false, List.of(), Budget.NONE, null, scratch.resolve("models"));
    }

    private static ManifestRef ref(ArtifactRef ref) {
        return new ManifestRef(ref.getManifest(), ref.getSha256());
    }

    private List<String> schemes() {
        return run.getRecipe().getQuantization().getSchemesList();
    }

    private void publish(QuantizationReport report, ProgressReporter progress) throws IOException {
        progress.phase("publishing");
        for (SchemeReport scheme : report.schemes()) {
            store.publish(ArtifactLayout.model(run.getRunId(), scheme.scheme()), scheme.directory(), "model", run.getRunId(), Map.of(
                    "scheme", scheme.scheme(),
                    "base_model", run.getBaseModel(),
                    "adapter", run.getAdapter().getManifest(),
                    ADAPTER_SHA256, run.getAdapter().getSha256(),
                    "dataset", run.getDataset().getManifest(),
                    SIZE, String.valueOf(scheme.sizeBytes()),
                    BITS, String.valueOf(scheme.bitsPerWeight()),
                    ERROR, String.valueOf(scheme.relativeError()),
                    "output_error", String.valueOf(scheme.outputError())));
        }
    }
}
