package dev.hone.ingest.intake;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactMissing;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.CorruptArtifact;
import dev.hone.artifacts.Hashes;
import dev.hone.artifacts.Manifest;
import dev.hone.artifacts.ManifestRef;
import dev.hone.datasets.check.BaseModel;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.text.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The base models in the store: of each only the tokenizer's files and config.json are fetched, never the weights. */
public final class BaseModels {
    private static final String CONFIG = "config.json";

    private final ArtifactStore store;
    private final Path cache;
    private final Map<ManifestRef, BaseModel> loaded = new ConcurrentHashMap<>();

    /** @param cache a directory that may be emptied while the service is down */
    public BaseModels(ArtifactStore store, Path cache) {
        this.store = store;
        this.cache = cache;
    }

    /** @throws UserError naming the models there are, when there is none of this name or it cannot be used */
    public BaseModel get(String name) throws IOException, UserError {
        ManifestRef ref = store.ref(ArtifactLayout.baseModel(name)).orElse(null);
        if (ref == null) {
            throw new UserError("unknown_base_model", "Expected a base model in the store, found none named \"" + name + "\"; there are "
                    + available() + ".");
        }
        synchronized (loaded) {
            BaseModel known = loaded.get(ref);
            if (known == null) {
                known = load(name, ref);
                loaded.put(ref, known);
            }
            return known;
        }
    }

    private String available() throws IOException {
        Set<String> names = new HashSet<>();
        String end = "/" + ArtifactLayout.MANIFEST;
        store.list(ArtifactLayout.baseModels()).stream().map(object -> object.key().substring(ArtifactLayout.baseModels().length()))
                .filter(key -> key.endsWith(end)).forEach(key -> names.add(key.substring(0, key.length() - end.length())));
        return names.isEmpty() ? "none at all: publish one below " + ArtifactLayout.baseModels() : String.join(", ", names.stream().sorted().toList());
    }

    private BaseModel load(String name, ManifestRef ref) throws IOException, UserError {
        Path directory = cache.resolve(name + "-" + ref.sha256().substring(0, 16));
        fetchTokenizer(name, directory);
        try {
            return BaseModel.load(name, directory);
        } catch (FormatException e) {
            throw new UserError("unusable_base_model", "The base model " + name + " cannot be used: " + e.getMessage());
        }
    }

    private void fetchTokenizer(String name, Path directory) throws IOException, UserError {
        String prefix = ArtifactLayout.baseModel(name);
        Manifest manifest = store.manifest(prefix).orElseThrow(() -> new ArtifactMissing("The base model " + name + " was removed meanwhile."));
        List<String> wanted = new ArrayList<>(TokenizerFiles.NAMES);
        wanted.add(CONFIG);
        Files.createDirectories(directory);
        for (Manifest.FileEntry file : manifest.files()) {
            if (wanted.remove(file.path())) {
                store.download(ArtifactLayout.file(prefix, file.path()), directory.resolve(file.path()));
                if (!Hashes.sha256(directory.resolve(file.path())).equals(file.sha256())) {
                    throw new CorruptArtifact("The object " + ArtifactLayout.file(prefix, file.path()) + " is not what its manifest says.");
                }
            }
        }
        if (wanted.contains(CONFIG) || wanted.contains("tokenizer.json")) {
            throw new UserError("unusable_base_model", "Expected " + CONFIG + " and tokenizer.json in the base model " + name + ", found one missing.");
        }
    }
}
