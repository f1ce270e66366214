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
    private static final List<String> MADE = List.of("adapters/", "models/");
    private static final List<String> TOLD = List.of("train_loss", "validation_loss", "steps", "trained_tokens");
    private static final String WEIGHTS = ".safetensors";

    /** @param bucket the folder that the store keeps the bucket in */
    static Stored of(ArtifactStore store, Path bucket) throws IOException {
        Set<String> objects = new HashSet<>();
        Map<String, Manifest> manifests = new HashMap<>();
        Map<String, String> weights = new TreeMap<>();
        for (StoredObject object : store.list("")) {
            String key = object.key();
            objects.add(key);
            if (key.endsWith("/" + ArtifactLayout.MANIFEST)) {
                store.manifest(key).ifPresent(manifest -> {
                    manifests.put(key, manifest);
                    told(key, manifest, weights);
                });
            } else if (key.endsWith(WEIGHTS) && MADE.stream().anyMatch(key::startsWith) && !key.contains("/checkpoints/")) {
                // The bytes themselves: what the manifest says of them is what is in question.
                weights.put(key, Hashes.sha256(bucket.resolve(key)));
            }
        }
        return new Stored(objects, strays(bucket, objects), manifests, weights);
    }

    /** What is told of a run's quality is of its result, too. */
    private static void told(String key, Manifest manifest, Map<String, String> weights) {
        for (String property : TOLD) {
            manifest.property(property).filter(value -> key.startsWith(MADE.getFirst())).ifPresent(value -> weights.put(key + "#" + property, value));
        }
    }

    private static Set<String> strays(Path bucket, Set<String> objects) throws IOException {
        try (Stream<Path> files = Files.walk(bucket)) {
            Set<String> strays = new HashSet<>();
            files.filter(Files::isRegularFile).map(file -> bucket.relativize(file).toString()).filter(key -> !objects.contains(key)).forEach(strays::add);
            return strays;
        }
    }
}
