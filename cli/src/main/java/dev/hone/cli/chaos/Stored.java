package dev.hone.cli.chaos;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.Hashes;
import dev.hone.artifacts.Manifest;
import dev.hone.artifacts.StoredObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What lies in a home's store.
 *
 * @param objects   keys
 * @param strays    files of its folder that are no object
 * @param manifests by key
 * @param weights   SHA-256 of the bytes of adapters and models, by key; and the losses told of an adapter, by its manifest's key, # and their name
 */
record Stored(Set<String> objects, Set<String> strays, Map<String, Manifest> manifests, Map<String, String> weights) {
    /** Kinds of manifests of what a run makes. */
    private static final Set<String> MADE = Set.of("adapter", "model");
    private static final List<String> TOLD = List.of("train_loss", "validation_loss", "steps", "trained_tokens");
    private static final String WEIGHTS = ".safetensors";

    /** @param bucket the folder that the store keeps the bucket in */
    static Stored of(ArtifactStore store, Path bucket) throws IOException {
        Set<String> objects = new HashSet<>();
        Map<String, Manifest> manifests = new HashMap<>();
        for (StoredObject object : store.list("")) {
            objects.add(object.key());
            if (object.key().endsWith("/" + ArtifactLayout.MANIFEST)) {
                store.manifest(object.key()).ifPresent(manifest -> manifests.put(object.key(), manifest));
            }
        }
        Map<String, String> weights = new TreeMap<>();
        for (Map.Entry<String, Manifest> made : manifests.entrySet()) {
            if (MADE.contains(made.getValue().kind())) {
                weights.putAll(weights(made.getKey(), made.getValue(), bucket));
            }
        }
        return new Stored(objects, strays(bucket, objects), manifests, weights);
    }

    /** By the bytes themselves: what the manifest says of them is what is in question. What is told of a run's quality is of its result, too. */
    private static Map<String, String> weights(String key, Manifest manifest, Path bucket) throws IOException {
        Map<String, String> weights = new TreeMap<>();
        for (Manifest.FileEntry file : manifest.files()) {
            String object = ArtifactLayout.file(key, file.path());
            if (object.endsWith(WEIGHTS) && Files.exists(bucket.resolve(object))) {
                weights.put(object, Hashes.sha256(bucket.resolve(object)));
            }
        }
        TOLD.forEach(property -> manifest.property(property).ifPresent(value -> weights.put(key + "#" + property, value)));
        return weights;
    }

    private static Set<String> strays(Path bucket, Set<String> objects) throws IOException {
        try (Stream<Path> files = Files.walk(bucket)) {
            Set<String> strays = new HashSet<>();
            files.filter(Files::isRegularFile).map(file -> bucket.relativize(file).toString()).filter(key -> !objects.contains(key)).forEach(strays::add);
            return strays;
        }
    }
}
