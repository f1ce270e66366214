package dev.hone.cli.models;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.CorruptArtifact;
import dev.hone.artifacts.Hashes;
import dev.hone.artifacts.Manifest;
import dev.hone.artifacts.StoredObject;
import dev.hone.cli.console.Failure;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Base models in the store: Hugging Face directories under their names. */
public final class BaseModels {
    private static final String KIND = "base-model";
    /** What a model consists of; its recipe, corpus or pickled weights stay where they are. */
    private static final Pattern PARTS = Pattern.compile(
            "config\\.json|generation_config\\.json|tokenizer.*\\.json|special_tokens_map\\.json|chat_template\\..*|"
                    + ".*\\.safetensors|model\\.safetensors\\.index\\.json|LICENSE.*|README.*");

    private BaseModels() {}

    /** Publishes every model below a folder that has weights and is not in the store as it is. @return their names */
    public static List<String> seed(ArtifactStore store, Path models) throws IOException {
        List<String> published = new ArrayList<>();
        try (Stream<Path> folders = Files.list(models)) {
            for (Path folder : folders.filter(BaseModels::hasWeights).sorted().toList()) {
                String name = folder.getFileName().toString();
                if (publish(store, folder, name)) {
                    published.add(name);
                }
            }
        }
        return published;
    }

    /** Base models whose manifest is there, by name. */
    static List<String> names(ArtifactStore store) throws IOException {
        String root = ArtifactLayout.baseModels();
        return store.list(root).stream().map(StoredObject::key).filter(key -> key.endsWith("/" + ArtifactLayout.MANIFEST))
                .map(key -> key.substring(root.length(), key.length() - ArtifactLayout.MANIFEST.length() - 1)).sorted().toList();
    }

    private static boolean hasWeights(Path folder) {
        return Files.isRegularFile(folder.resolve("model.safetensors")) || Files.isRegularFile(folder.resolve("model.safetensors.index.json"));
    }

    /**
     * Puts a model into the store unless the same one is there.
     *
     * @return whether anything had to be written
     * @throws Failure when the folder holds no model that Hone can run
     */
    public static boolean publish(ArtifactStore store, Path folder, String name) throws IOException {
        check(folder);
        Map<String, Path> parts = parts(folder);
        Optional<Manifest> present = believed(store, name);
        if (present.isPresent() && holds(present.get(), parts)) {
            return false;
        }
        Path staging = Files.createTempDirectory("hone-base-");
        try {
            for (Map.Entry<String, Path> part : parts.entrySet()) {
                Files.createSymbolicLink(staging.resolve(part.getKey()), part.getValue().toAbsolutePath());
            }
            store.publish(ArtifactLayout.baseModel(name), staging, KIND, name, Map.of());
        } finally {
            deleteFlat(staging);
        }
        return true;
    }

    /** One that nobody vouches for is there as little as if it were not. */
    private static Optional<Manifest> believed(ArtifactStore store, String name) throws IOException {
        try {
            return store.manifest(ArtifactLayout.baseModel(name));
        } catch (CorruptArtifact e) {
            return Optional.empty();
        }
    }

    private static void check(Path folder) {
        if (!hasWeights(folder)) {
            throw new Failure("Expected a Hugging Face model directory with safetensors in " + folder
                    + ", found no model.safetensors there. Weights in pickle files (.bin) are not read: convert them first.");
        }
        if (!Files.isRegularFile(folder.resolve("tokenizer.json"))) {
            throw new Failure("Expected tokenizer.json beside the weights in " + folder + ", found none.");
        }
        try {
            ModelConfig.load(folder);
        } catch (FormatException e) {
            throw new Failure(e.getMessage(), e);
        }
    }

    private static Map<String, Path> parts(Path folder) throws IOException {
        Map<String, Path> parts = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(Files::isRegularFile).filter(file -> PARTS.matcher(file.getFileName().toString()).matches())
                    .forEach(file -> parts.put(file.getFileName().toString(), file));
        }
        return parts;
    }

    private static boolean holds(Manifest manifest, Map<String, Path> parts) throws IOException {
        if (manifest.files().size() != parts.size()) {
            return false;
        }
        for (Manifest.FileEntry entry : manifest.files()) {
            Path file = parts.get(entry.path());
            if (file == null || Files.size(file) != entry.size() || !Hashes.sha256(file).equals(entry.sha256())) {
                return false;
            }
        }
        return true;
    }

    private static void deleteFlat(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
