package dev.hone.evaluator;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactMissing;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.ManifestRef;
import dev.hone.jobs.JobFailure;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.QuantizedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Brings what is to be compared to this machine. */
final class Candidates {
    static final String BASE = "base";
    static final String ADAPTER = "adapter";

    /**
     * One thing to evaluate.
     *
     * @param model         model directory, plain or quantized
     * @param adapterOrNull an adapter over it
     * @param answers       whether it answers questions too; the other schemes are only scored
     */
    record Candidate(String name, Path model, Path adapterOrNull, boolean answers) {}

    private final ArtifactStore store;
    private final Path cache;
    private final Path directory;

    /** @param cache for base models, which are large and the same for many runs */
    Candidates(ArtifactStore store, Path cache, Path directory) {
        this.store = store;
        this.cache = cache;
        this.directory = directory;
    }

    /** Base, adapter, then each scheme. A base without weights is none: the run trained from scratch. */
    List<Candidate> fetch(QuantizeDone request) throws IOException, JobFailure {
        List<Candidate> all = new ArrayList<>();
        Path base = cache.resolve(request.getBaseModel());
        fetch(new ManifestRef(ArtifactLayout.manifest(ArtifactLayout.baseModel(request.getBaseModel())), ""), base);
        if (hasWeights(base)) {
            all.add(new Candidate(BASE, base, null, true));
        }
        Path adapter = fetch(request.getAdapter(), ADAPTER);
        all.add(AdapterFiles.existsIn(adapter) ? new Candidate(ADAPTER, base, adapter, true) : new Candidate(ADAPTER, adapter, null, true));
        QuantizedModel deployed = Report.deployed(request);
        for (QuantizedModel model : request.getModelsList()) {
            all.add(new Candidate(model.getScheme(), fetch(model.getModel(), model.getScheme()), null, model.equals(deployed)));
        }
        return all;
    }

    Path dataset(QuantizeDone request) throws IOException, JobFailure {
        return fetch(request.getDataset(), "dataset");
    }

    private static boolean hasWeights(Path model) {
        return Files.exists(model.resolve("model.safetensors")) || Files.exists(model.resolve("model.safetensors.index.json"));
    }

    private Path fetch(ArtifactRef ref, String name) throws IOException, JobFailure {
        Path target = directory.resolve(name);
        fetch(new ManifestRef(ref.getManifest(), ref.getSha256()), target);
        return target;
    }

    private void fetch(ManifestRef ref, Path target) throws IOException, JobFailure {
        try {
            store.fetch(ref, target);
        } catch (ArtifactMissing e) {
            throw new JobFailure("missing_artifact", e.getMessage(), false, e);
        }
    }
}
