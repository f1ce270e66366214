package dev.hone.trainer;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.StoreConfig;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.train.CheckpointStore;
import dev.hone.llm.train.FineTune;
import dev.hone.llm.train.FineTuneSpec;
import dev.hone.llm.train.TrainingObserver;
import dev.hone.testkit.HoneServers;
import dev.hone.testkit.KafkaProbe;
import dev.hone.v1.TrainingRecipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A store with a tiny base model and a small dataset in it, and a broker to ask. */
final class TestWorld {

    static final String BASE = "tiny";
    static final String DATASET = "greetings";

    static final ModelFacts FACTS = new ModelFacts(ModelConfig.llama(4096, 64, 64, 2, 2, 1, 32, 1e-5, 10_000, 128, true, 0.02));

    private static final int ROWS = 48;

    private TestWorld() {}

    static ArtifactStore store(HoneServers servers) {
        return ArtifactStore.connect(storeConfig(servers), "test");
    }

    static StoreConfig storeConfig(HoneServers servers) {
        return new StoreConfig(servers.storeEndpoint(), servers.accessKey(), servers.secretKey(), servers.bucket());
    }

    static KafkaProbe kafka(HoneServers servers) {
        return new KafkaProbe(servers.bootstrapServers());
    }

    /** hone-nano's tokenizer on a model of 0.3 million random weights. */
    static void publishBaseModel(ArtifactStore store, Path scratch) throws Exception {
        if (store.manifest(ArtifactLayout.baseModel(BASE)).isPresent()) {
            return;
        }
        Path seed = Files.createDirectories(scratch.resolve("seed"));
        Path nano = Path.of(System.getProperty("hone.root"), "models", "hone-nano");
        for (String file : new String[] {"tokenizer.json", "tokenizer_config.json"}) {
            Files.copy(nano.resolve(file), seed.resolve(file));
        }
        Files.writeString(seed.resolve("config.json"), """
                {"model_type": "llama", "vocab_size": 4096, "hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 2,
                 "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 32, "rms_norm_eps": 1e-5, "rope_theta": 10000,
                 "max_position_embeddings": 128, "tie_word_embeddings": true, "initializer_range": 0.02, "hidden_act": "silu",
                 "bos_token_id": 0, "eos_token_id": 1}
                """);
        store.publish(ArtifactLayout.baseModel(BASE), untrained(seed, scratch), "base-model", BASE, Map.of());
    }

    /** One step of full training writes the weights that the seed draws. */
    private static Path untrained(Path seed, Path scratch) throws Exception {
        TrainingRecipe oneStep = RecipeDefaults.complete(
                dev.hone.v1.Recipe.newBuilder().setTraining(TrainingRecipe.newBuilder().setMethod("full").setMaxSteps(1).setSequenceLen(32)).build(),
                FACTS, new DatasetFacts(ROWS, 32, "chat")).getTraining();
        Path output = scratch.resolve("base");
        FineTune.run(new FineTuneSpec(seed, rows(scratch), null, output, scratch.resolve("work"), RecipeMapping.toTraining(oneStep)),
                new TrainingObserver() { }, CheckpointStore.none(), () -> false);
        return output;
    }

    static String publishDataset(ArtifactStore store, Path scratch) throws IOException {
        Path directory = Files.createDirectories(scratch.resolve("dataset"));
        Files.copy(rows(scratch), directory.resolve("train.jsonl"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        Files.copy(rows(scratch), directory.resolve("validation.jsonl"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        return store.publish(ArtifactLayout.dataset(DATASET), directory, "dataset", DATASET, Map.of()).key();
    }

    private static Path rows(Path scratch) throws IOException {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < ROWS; i++) {
            rows.append("""
                    {"messages":[{"role":"user","content":"Say hello to guest number %d."},{"role":"assistant","content":"Hello, guest %d!"}]}
                    """.formatted(i, i));
        }
        return Files.writeString(scratch.resolve("rows.jsonl"), rows);
    }
}
