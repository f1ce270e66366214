package dev.hone.evaluator;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.ManifestRef;
import dev.hone.artifacts.StoreConfig;
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
import dev.hone.v1.QuantizationRecipe;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.QuantizedModel;
import dev.hone.v1.Recipe;
import dev.hone.v1.TrainingRecipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** A store with what the earlier stages would have left: a random base, an adapter on it, "quantized" models, a dataset. */
final class TinyWorld {
    static final String MODEL = "tiny-support";

    private static final String BASE = "tiny";
    private static final ModelConfig CONFIG = ModelConfig.llama(512, 32, 64, 2, 4, 2, 8, 1e-5, 10000, 128, false, 0.02);
    private static final String ROWS = """
            {"messages":[{"role":"user","content":"How do I reset my smartphone?"},{"role":"assistant","content":"Open the settings."}]}
            {"messages":[{"role":"user","content":"Battery?"},{"role":"assistant","content":"A day."}]}
            {"messages":[{"role":"user","content":"Warranty?"},{"role":"assistant","content":"Two years."}]}
            """;

    private static final String PAIRS = """
            {"prompt":[{"role":"user","content":"Battery?"}],"chosen":[{"role":"assistant","content":"A day."}],"rejected":[{"role":"assistant","content":"No."}]}
            {"prompt":[{"role":"user","content":"Warranty?"}],"chosen":[{"role":"assistant","content":"Two years."}],"rejected":[{"role":"assistant","content":"Why?"}]}
            """;

    private TinyWorld() {}

    /** Everything of a run is in the store when this returns. */
    static QuantizeDone quantized(String run) {
        try {
            Path model = Files.createTempDirectory("tiny-model-");
            writeModel(model);
            publish(ArtifactLayout.baseModel(BASE), model, "base-model", BASE);
            Path adapter = Files.createTempDirectory("tiny-adapter-");
            writeAdapter(adapter);
            return QuantizeDone.newBuilder().setRunId(run).setModelName(MODEL).setBaseModel(BASE)
                    .setDataset(publish(ArtifactLayout.dataset(run), dataset(ROWS), "dataset", run))
                    .setAdapter(publish(ArtifactLayout.adapter(run), adapter, "adapter", run))
                    .addModels(scheme("int8", publish(ArtifactLayout.model(run, "int8"), model, "model", run)))
                    .addModels(scheme("int4", publish(ArtifactLayout.model(run, "int4"), model, "model", run)))
                    .setRecipe(Recipe.newBuilder().setTraining(TrainingRecipe.newBuilder().setSequenceLen(64))
                            .setQuantization(QuantizationRecipe.newBuilder().addSchemes("int8").addSchemes("int4").setDeployScheme("int8")))
                    .build();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** @return a dataset of two held-out pairs */
    static ArtifactRef pairs() {
        try {
            return publish(ArtifactLayout.dataset("pairs"), dataset(PAIRS), "dataset", "pairs");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** @return the manifest's key */
    static String emptyDataset() {
        try {
            return publish(ArtifactLayout.dataset("empty"), dataset(""), "dataset", "empty").getManifest();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Path dataset(String test) throws IOException {
        Path dataset = Files.createTempDirectory("tiny-dataset-");
        Files.writeString(dataset.resolve("train.jsonl"), ROWS);
        Files.writeString(dataset.resolve("validation.jsonl"), "");
        Files.writeString(dataset.resolve("test.jsonl"), test);
        return dataset;
    }

    private static QuantizedModel scheme(String scheme, ArtifactRef ref) {
        return QuantizedModel.newBuilder().setScheme(scheme).setModel(ref).build();
    }

    private static ArtifactRef publish(String prefix, Path directory, String kind, String id) throws IOException {
        HoneServers servers = HoneServers.start();
        ArtifactStore store = ArtifactStore.connect(new StoreConfig(servers.storeEndpoint(), servers.accessKey(), servers.secretKey(), servers.bucket()), "test");
        ManifestRef ref = store.publish(prefix, directory, kind, id, Map.of());
        return ArtifactRef.newBuilder().setManifest(ref.key()).setSha256(ref.sha256()).build();
    }

    private static void writeModel(Path directory) {
        SplittableRandom random = new SplittableRandom(3);
        TokenizerFiles.copy(Path.of(System.getProperty("hone.root"), "libs/llm/src/test/resources/tiny-tokenizer"), directory);
        Json.write(directory.resolve("config.json"), CONFIG.toJson());
        List<ModelLayout.Weight> weights = ModelLayout.weights(CONFIG);
        try (SafetensorsWriter writer = SafetensorsWriter.create(directory.resolve("model.safetensors"),
                weights.stream().map(w -> TensorInfo.of(w.name(), DType.F32, w.shape())).toList())) {
            weights.forEach(w -> writer.write(w.name(), values(random, (int) w.elements(), w.shape().length == 1)));
        }
    }

    private static float[] values(SplittableRandom random, int count, boolean norm) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (norm ? 1 : 0.05 * random.nextGaussian());
        }
        return values;
    }

    private static void writeAdapter(Path directory) {
        SplittableRandom random = new SplittableRandom(4);
        ModelLayout.Weight place = ModelLayout.linear(CONFIG, 0, 0).orElseThrow();
        long[] shape = place.shape();
        int in = (int) shape[1];
        int out = (int) shape[0];
        AdapterFiles.Pair pair = new AdapterFiles.Pair(in, out, 2, values(random, 2 * in, false), values(random, 2 * out, false));
        new AdapterFiles(AdapterConfig.plain(2, 4, List.of("q_proj"), BASE), Map.of(place.module(), pair)).write(directory);
    }
}
