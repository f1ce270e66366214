package dev.hone.serving;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.ManifestRef;
import dev.hone.artifacts.StoreConfig;
import dev.hone.artifacts.signing.SigningConfig;
import dev.hone.events.Cause;
import dev.hone.events.EventPublisher;
import dev.hone.events.KafkaSettings;
import dev.hone.events.Topic;
import dev.hone.llm.format.AdapterConfig;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.DType;
import dev.hone.llm.format.Json;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.text.TokenizerFiles;
import dev.hone.testkit.HoneServers;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.Deploy;
import dev.hone.v1.DeployedRevision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Random models of a few thousand parameters, put into the store and deployed as the quantizer and the gate would. */
final class TinyModels {
    private static final ModelConfig CONFIG = ModelConfig.llama(512, 32, 64, 2, 4, 2, 8, 1e-5, 10000, 4096, false, 0.02);

    private TinyModels() {}

    /** @return a deploy of a new random model, whose weights are already in the store */
    static Deploy published(String name, String revision) {
        return published(name, revision, SigningConfig.off());
    }

    static Deploy published(String name, String revision, SigningConfig signing) {
        HoneServers servers = HoneServers.start();
        ArtifactStore store = ArtifactStore.connect(new StoreConfig(servers.storeEndpoint(), servers.accessKey(), servers.secretKey(), servers.bucket())
                .with(Optional.empty(), signing), "quantizer");
        try {
            Path directory = Files.createTempDirectory("tiny-model-");
            write(directory, revision.hashCode());
            ManifestRef ref = store.publish(ArtifactLayout.model(revision, "int8"), directory, "model", revision, Map.of());
            return Deploy.newBuilder().setModelName(name).setRevision(revision).setScheme("int8").setBaseModel("tiny")
                    .setModel(ArtifactRef.newBuilder().setManifest(ref.key()).setSha256(ref.sha256()))
                    .setDataset(ArtifactRef.newBuilder().setManifest("datasets/tiny/manifest.json")).build();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** A base model in the store, under its name. */
    static void base(String name) {
        publish(ArtifactLayout.baseModel(name), "base", name, directory -> write(directory, name.hashCode()));
    }

    /** @return a random adapter of the base, in the store as the trainer would put it there */
    static DeployedRevision adapter(String base, String revision) {
        ManifestRef ref = publish(ArtifactLayout.adapter(revision), "adapter", revision, directory -> writeAdapter(directory, base, revision.hashCode()));
        return DeployedRevision.newBuilder().setRevision(revision).setBaseModel(base).setAdapter(ArtifactRef.newBuilder().setManifest(ref.key()).setSha256(ref.sha256())).build();
    }

    private static ManifestRef publish(String prefix, String kind, String id, Consumer<Path> writer) {
        HoneServers servers = HoneServers.start();
        ArtifactStore store = ArtifactStore.connect(new StoreConfig(servers.storeEndpoint(), servers.accessKey(), servers.secretKey(), servers.bucket()), "test");
        try {
            Path directory = Files.createTempDirectory("tiny-" + kind + "-");
            writer.accept(directory);
            return store.publish(prefix, directory, kind, id, Map.of());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void writeAdapter(Path directory, String base, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Map<String, AdapterFiles.Pair> pairs = new TreeMap<>();
        for (int layer = 0; layer < 2; layer++) {
            pairs.put("model.layers." + layer + ".self_attn.q_proj", pair(32, 32, random));
            pairs.put("model.layers." + layer + ".self_attn.v_proj", pair(32, 16, random));
        }
        new AdapterFiles(AdapterConfig.plain(4, 8, List.of("q_proj", "v_proj"), base), pairs).write(directory);
    }

    private static AdapterFiles.Pair pair(int in, int out, SplittableRandom random) {
        return new AdapterFiles.Pair(in, out, 4, gaussian(4 * in, random), gaussian(out * 4, random));
    }

    private static float[] gaussian(int count, SplittableRandom random) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (0.3 * random.nextGaussian());
        }
        return values;
    }

    static void deploy(Deploy deploy) {
        deploy(deploy, Cause.outside("test/" + deploy.hashCode()));
    }

    static void deploy(Deploy deploy, Cause cause) {
        try (EventPublisher publisher = new EventPublisher(KafkaSettings.of(HoneServers.start().bootstrapServers()), "evaluator")) {
            publisher.publish(Topic.DEPLOY, deploy, cause);
        }
    }

    private static void write(Path directory, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        TokenizerFiles.copy(Path.of(System.getProperty("hone.root"), "libs/llm/src/test/resources/tiny-tokenizer"), directory);
        Json.write(directory.resolve("config.json"), CONFIG.toJson());
        List<TensorInfo> infos = ModelLayout.weights(CONFIG).stream().map(w -> TensorInfo.of(w.name(), DType.F32, w.shape())).toList();
        try (SafetensorsWriter writer = SafetensorsWriter.create(directory.resolve("model.safetensors"), infos)) {
            for (ModelLayout.Weight weight : ModelLayout.weights(CONFIG)) {
                float[] values = new float[(int) weight.elements()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) (weight.shape().length == 1 ? 1 : 0.15 * random.nextGaussian());
                }
                writer.write(weight.name(), values);
            }
        }
    }
}
