package dev.hone.cli.bench;

import dev.hone.cli.console.Failure;
import dev.hone.llm.format.DType;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.model.ModelLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** Models to measure with: one that the project ships, and random ones of a given shape, for which speed is all that counts. */
final class BenchModels {
    /** 110 million parameters in the usual proportions: 12 layers of 768, feed-forward 2048, vocabulary 32000, tied embeddings. */
    private static final ModelConfig RANDOM_110M = ModelConfig.llama(32000, 768, 2048, 12, 12, 12, 64, 1e-5, 10000, 2048, true, 0.02);
    /** 1.1 billion in TinyLlama's: 22 layers of 2048, 32 heads over 4 of keys and values, feed-forward 5632, a head of its own. */
    private static final ModelConfig RANDOM_1B = ModelConfig.llama(32000, 2048, 5632, 22, 32, 4, 64, 1e-5, 10000, 2048, false, 0.02);
    private static final long SEED = 1;

    private final Path checkout;

    BenchModels(Path checkout) {
        this.checkout = checkout;
    }

    /** @param name hone-nano, random-110m, random-1.1b or a directory; @param scratch gets a model that has to be made */
    Path directory(String name, Path scratch) throws IOException {
        if (name.equals("random-110m")) {
            return random(RANDOM_110M, scratch.resolve(name));
        }
        if (name.equals("random-1.1b")) {
            return random(RANDOM_1B, scratch.resolve(name));
        }
        for (Path directory : List.of(Path.of(name), checkout.resolve("models").resolve(name))) {
            if (Files.isRegularFile(directory.resolve("model.safetensors"))) {
                return directory;
            }
        }
        throw new Failure(Failure.USAGE, "Expected --model hone-nano, random-110m, random-1.1b or a directory with weights, found \"" + name + "\".");
    }

    /** hone-nano's tokenizer does for any vocabulary that is larger: the ids it makes exist. */
    private Path random(ModelConfig config, Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("config.json"), config.toJson().toPrettyString());
        for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
            Files.copy(checkout.resolve("models/hone-nano").resolve(file), directory.resolve(file));
        }
        writeWeights(config, directory.resolve("model.safetensors"));
        return directory;
    }

    private static void writeWeights(ModelConfig config, Path file) {
        List<ModelLayout.Weight> weights = ModelLayout.weights(config);
        List<TensorInfo> infos = weights.stream().map(weight -> TensorInfo.of(weight.name(), DType.BF16, weight.shape())).toList();
        Random random = new Random(SEED);
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, infos)) {
            for (ModelLayout.Weight weight : weights) {
                writer.write(weight.name(), values(weight, config, random));
            }
        }
    }

    private static float[] values(ModelLayout.Weight weight, ModelConfig config, Random random) {
        float[] values = new float[Math.toIntExact(weight.elements())];
        boolean isNorm = weight.shape().length == 1;
        for (int i = 0; i < values.length; i++) {
            values[i] = isNorm ? 1 : (float) (random.nextGaussian() * config.initializerRange());
        }
        return values;
    }
}
