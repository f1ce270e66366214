package dev.hone.quantizer;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactMissing;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.Directories;
import dev.hone.artifacts.ManifestRef;
import dev.hone.jobs.JobFailure;
import dev.hone.jobs.JobStopped;
import dev.hone.llm.data.RowException;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.quant.ExportReport;
import dev.hone.llm.quant.Quantization;
import dev.hone.llm.rounding.QuantizationFailed;
import dev.hone.llm.quant.QuantizationInterrupted;
import dev.hone.llm.quant.QuantizationReport;
import dev.hone.llm.quant.QuantizationSpec;
import dev.hone.llm.quant.SchemeReport;
import dev.hone.llm.text.ChatTemplateException;
import dev.hone.llm.train.CheckpointStore;
import dev.hone.llm.train.TrainingFailed;
import dev.hone.llm.train.TrainingInterrupted;
import dev.hone.telemetry.Part;
import dev.hone.v1.AdapterTrained;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.QuantizeDone;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The quantized models of one run, in the store. The report beside them is the commit point, written last: where it is the
 * work is not done again, and the event that tells of it is the same.
 */
final class QuantizedModels {

    private static final Logger LOG = LoggerFactory.getLogger(QuantizedModels.class);
    private static final String REPORT = "report.json";

    private final ArtifactStore store;
    private final AdapterTrained run;
    private final SpecMapping mapping;
    private final Path cache;
    private final Path scratch;

    /**
     * @param cache where base models stay between jobs
     * @param scratch of this job alone
     */
    QuantizedModels(ArtifactStore store, AdapterTrained run, Path cache, Path scratch) {
        this.store = store;
        this.run = run;
        this.mapping = new SpecMapping(run.getRecipe().getQuantization());
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
            LOG.info("models are there already runId={} chosen={}", run.getRunId(), found.get().getChosenScheme());
            return found.get();
        }
        try {
            publish(quantize(fetch(progress), progress, stop), progress);
        } catch (QuantizationInterrupted | TrainingInterrupted e) {
            throw new JobStopped("quantization was asked to stop", e);
        } catch (QuantizationFailed e) {
            throw new JobFailure(e.code(), e.getMessage(), true, e);
        } catch (TrainingFailed e) {
            throw new JobFailure(e.code(), e.getMessage(), e.userError(), e);
        } catch (FormatException e) {
            throw new JobFailure("unsupported_model", e.getMessage(), true, e);
        } catch (RowException | ChatTemplateException e) {
            throw new JobFailure("unusable_rows", e.getMessage(), true, e);
        } catch (ArtifactMissing e) {
            throw new JobFailure("missing_artifact", e.getMessage(), true, e);
        }
        return find().orElseThrow(() -> new IOException("the models of run " + run.getRunId() + " were published and cannot be read back"));
    }

    private static QuantizationReport quantize(QuantizationSpec spec, ProgressReporter progress, BooleanSupplier stop) {
        try (Part quantize = Part.of("quantize")) {
            return Quantization.run(spec, progress, stop);
        }
    }

    /** Once the event is out, nothing has to be resumed. */
    void deleteCheckpoints() throws IOException {
        store.checkpoints(ArtifactLayout.roundedCheckpoints(run.getRunId()), run.getRunId(), scratch).deleteAll();
    }

    private Optional<QuantizeDone> find() throws IOException, JobFailure {
        String prefix = ArtifactLayout.quantization(run.getRunId());
        Optional<ManifestRef> ref = store.ref(prefix);
        if (ref.isEmpty()) {
            return Optional.empty();
        }
        QuantizeDone done = StoredReport.read(store.readFile(prefix, StoredReport.FILE));
        requireSameWork(done);
        return Optional.of(done.toBuilder().setRecipe(run.getRecipe()).setReport(StoredReport.message(ref.get())).build());
    }

    private void requireSameWork(QuantizeDone done) throws JobFailure {
        boolean same = done.getAdapter().equals(run.getAdapter()) && done.getDataset().equals(run.getDataset())
                && done.getRecipe().getQuantization().equals(run.getRecipe().getQuantization());
        if (!same) {
            throw JobFailure.userError("run_id_taken", "Expected run " + run.getRunId() + " to be new or the same work again, found models made from"
                    + " another adapter, dataset or quantization recipe under this run_id. Choose another run_id, or leave it out.");
        }
    }

    private QuantizationSpec fetch(ProgressReporter progress) throws IOException, JobFailure {
        Path adapter = scratch.resolve("adapter");
        Path dataset = scratch.resolve("dataset");
        Path base = adapter;
        try (Part fetch = Part.of("fetch")) {
            store.fetch(ref(run.getAdapter()), adapter);
            store.fetch(ref(run.getDataset()), dataset);
            if (AdapterFiles.existsIn(adapter)) {
                base = cache.resolve(run.getBaseModel());
                store.fetch(ArtifactLayout.baseModel(run.getBaseModel()), base);
            }
        }
        return mapping.spec(base, adapter, dataset, Directories.empty(scratch.resolve("models")), this::checkpoints, progress.training());
    }

    private CheckpointStore checkpoints(String scheme) {
        return new StoredCheckpoints(store.checkpoints(ArtifactLayout.roundedCheckpoints(run.getRunId(), scheme), run.getRunId(), scratch.resolve("checkpoint-" + scheme)));
    }

    private static ManifestRef ref(ArtifactRef ref) {
        return new ManifestRef(ref.getManifest(), ref.getSha256());
    }

    private void publish(QuantizationReport report, ProgressReporter progress) throws IOException {
        progress.phase("publishing");
        try (Part publish = Part.of("publish")) {
            publish(report);
        }
    }

    private void publish(QuantizationReport report) throws IOException {
        QuantizeDone.Builder done = QuantizeDone.newBuilder().setRunId(run.getRunId()).setModelName(run.getModelName()).setBaseModel(run.getBaseModel())
                .setDataset(run.getDataset()).setAdapter(run.getAdapter()).setRecipe(run.getRecipe()).setChosenScheme(report.chosen()).setProtocol(report.protocol());
        for (SchemeReport scheme : report.schemes()) {
            done.addTried(StoredReport.tried(scheme));
            if (!mapping.hasBudget() || scheme.scheme().equals(report.chosen())) {
                done.addModels(StoredReport.model(scheme, publish(scheme)));
            }
        }
        for (ExportReport export : report.exports()) {
            done.addExports(StoredReport.export(export, publish(export)));
        }
        if (report.parity() != null) {
            done.setParity(StoredReport.message(report.parity()));
        }
        commit(done.build());
    }

    private ManifestRef publish(SchemeReport scheme) throws IOException {
        Map<String, String> properties = properties("scheme", scheme.scheme(), scheme.sizeBytes(), scheme.relativeError());
        properties.put("bits_per_weight", String.valueOf(scheme.bitsPerWeight()));
        properties.put("output_error", String.valueOf(scheme.outputError()));
        return store.publish(ArtifactLayout.model(run.getRunId(), scheme.scheme()), scheme.directory(), "model", run.getRunId(), properties);
    }

    private ManifestRef publish(ExportReport export) throws IOException {
        return store.publish(ArtifactLayout.export(run.getRunId(), export.name()), export.directory(), "export", run.getRunId(),
                properties("format", export.name(), export.sizeBytes(), export.relativeError()));
    }

    private Map<String, String> properties(String kind, String name, long size, double relativeError) {
        return new TreeMap<>(Map.of(kind, name, "base_model", run.getBaseModel(), "adapter", run.getAdapter().getManifest(), "adapter_sha256", run.getAdapter().getSha256(),
                "dataset", run.getDataset().getManifest(), "size_bytes", String.valueOf(size), "relative_error", String.valueOf(relativeError)));
    }

    private void commit(QuantizeDone done) throws IOException {
        Path directory = Directories.empty(scratch.resolve("report"));
        Files.copy(scratch.resolve("models").resolve(REPORT), directory.resolve(REPORT));
        StoredReport.write(done, directory);
        store.publish(ArtifactLayout.quantization(run.getRunId()), directory, "report", run.getRunId(), Map.of("adapter_sha256", run.getAdapter().getSha256(), "chosen", done.getChosenScheme()));
    }
}
