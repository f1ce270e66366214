package dev.hone.cli.load;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.ManifestRef;
import dev.hone.cli.home.Endpoints;
import dev.hone.cli.models.BaseModels;
import dev.hone.llm.format.AdapterConfig;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.ModelLayout;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.DeployedRevision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Revisions of hone-nano that answer differently: random adapters, large enough for it, merged or beside their base. */
final class Revisions {
    private static final String BASE = "hone-nano";
    private static final int RANK = 4;
    private static final double SIZE = 0.07;
    /** Neighbouring seeds give neighbouring numbers at first. */
    private static final long MIX = 0x9E3779B97F4A7C15L;

    private final ArtifactStore store;
    private final Path base;
    private final Path scratch;
    private final ModelConfig config;

    Revisions(Endpoints endpoints, Path checkout, Path scratch) throws IOException {
        base = checkout.resolve("models").resolve(BASE);
        this.scratch = scratch;
        config = ModelConfig.load(base);
        store = ArtifactStore.connect(endpoints.store().config(), "others");
        BaseModels.publish(store, base, BASE);
    }

    /** The base as it is. */
    DeployedRevision plain(String name) throws IOException {
        return DeployedRevision.newBuilder().setRevision(name).setBaseModel(BASE).setScheme("none").setModel(ref(store.ref(ArtifactLayout.baseModel(BASE)).orElseThrow())).build();
    }

    /**
     * The adapter lies beside the base models: what an operator brings in lies there, and adapters/ is the trainer's.
     *
     * @param weights merged or unmerged
     * @param serveAs stored, bf16, int8 or int4
     */
    DeployedRevision adapted(String name, String weights, String serveAs) throws IOException {
        Path directory = Files.createDirectories(scratch.resolve(name));
        new AdapterFiles(AdapterConfig.plain(RANK, 2.0 * RANK, ModelLayout.linearNames(config), BASE), pairs(new Random(name.hashCode() * MIX))).write(directory);
        ManifestRef adapter = store.publish(ArtifactLayout.baseModel(name), directory, "adapter", name, Map.of());
        return DeployedRevision.newBuilder().setRevision(name).setBaseModel(BASE).setScheme("none").setAdapter(ref(adapter))
                .setBase(ref(store.ref(ArtifactLayout.baseModel(BASE)).orElseThrow())).setWeights(weights).setServeAs(serveAs).build();
    }

    private static ArtifactRef ref(ManifestRef ref) {
        return ArtifactRef.newBuilder().setManifest(ref.key()).setSha256(ref.sha256()).build();
    }

    private Map<String, AdapterFiles.Pair> pairs(Random random) {
        Map<String, AdapterFiles.Pair> pairs = new TreeMap<>();
        IntStream.range(0, config.numHiddenLayers()).boxed().flatMap(layer -> ModelLayout.linears(config, layer).stream()).forEach(weight -> {
            int out = Math.toIntExact(weight.shape()[0]);
            int in = Math.toIntExact(weight.shape()[1]);
            pairs.put(weight.module(), new AdapterFiles.Pair(in, out, RANK, values(random, RANK * in), values(random, out * RANK)));
        });
        return pairs;
    }

    private static float[] values(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * SIZE);
        }
        return values;
    }
}
