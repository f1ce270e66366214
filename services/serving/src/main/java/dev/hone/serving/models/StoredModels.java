package dev.hone.serving.models;

import dev.hone.artifacts.ArtifactMissing;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.Hashes;
import dev.hone.artifacts.ManifestRef;
import dev.hone.llm.engine.Engine;
import dev.hone.llm.engine.LoadedAdapter;
import dev.hone.llm.engine.LoadedModel;
import dev.hone.telemetry.Part;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads from the object store, by way of a folder of verified copies. */
public final class StoredModels implements ModelSource {
    private static final Logger LOG = LoggerFactory.getLogger(StoredModels.class);

    private final ArtifactStore store;
    private final Engine engine;
    private final Path copies;
    /** One artifact is fetched by one thread at a time: two would write the same files. */
    private final Map<Path, Object> locks = new ConcurrentHashMap<>();

    /** @param copies a folder of this service's own */
    public StoredModels(ArtifactStore store, Engine engine, Path copies) {
        this.store = store;
        this.engine = engine;
        this.copies = copies;
    }

    @Override
    public LoadedModel load(ModelKey key) throws IOException {
        Path model = fetched(key.model());
        if (key.merged().isEmpty()) {
            return engine.load(model, key.as());
        }
        return engine.loadMerged(model, fetched(key.merged().get()), key.as());
    }

    @Override
    public LoadedAdapter loadAdapter(LoadedModel base, ManifestRef adapter) throws IOException {
        return engine.loadAdapter(base, fetched(adapter));
    }

    @Override
    public ManifestRef resolved(ManifestRef ref) throws IOException {
        if (!ref.sha256().isEmpty()) {
            return ref;
        }
        return store.ref(ref.key()).orElseThrow(() -> new ArtifactMissing("Expected a manifest at " + ref.key() + ", found none: nothing was committed there."));
    }

    private Path fetched(ManifestRef artifact) throws IOException {
        Path copy = copy(artifact);
        synchronized (locks.computeIfAbsent(copy, path -> new Object())) {
            try (Part fetch = Part.of("fetch")) {
                store.fetch(artifact, copy);
            }
        }
        return copy;
    }

    @Override
    public void forget(ManifestRef artifact) {
        Path copy = copy(artifact);
        synchronized (locks.computeIfAbsent(copy, path -> new Object())) {
            try {
                delete(copy);
            } catch (IOException | UncheckedIOException e) {
                LOG.warn("copy of an artifact stays behind artifact={} reason={}", artifact.key(), e.toString());
            }
        }
        locks.remove(copy);
    }

    /** Named by the artifact, so that a copy is found again after a restart and two artifacts never share one. */
    private Path copy(ManifestRef artifact) {
        String name = artifact.key() + "\n" + artifact.sha256();
        return copies.resolve(Hashes.sha256(name.getBytes(StandardCharsets.UTF_8)).substring(0, 16));
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
