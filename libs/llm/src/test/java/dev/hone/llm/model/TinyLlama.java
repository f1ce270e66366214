package dev.hone.llm.model;

import dev.hone.llm.format.DType;
import dev.hone.llm.format.Json;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/** A Llama of a few thousand random parameters: grouped heads, two layers, every shape different. */
public final class TinyLlama {
    public static final ModelConfig CONFIG = ModelConfig.llama(96, 32, 64, 2, 4, 2, 16, 1e-5, 10000, 64, false, 0.02);
    public static final ModelConfig TIED = ModelConfig.llama(96, 32, 64, 2, 4, 2, 16, 1e-5, 10000, 64, true, 0.02);

    private TinyLlama() {}

    /** Writes config.json and model.safetensors; the weights' spread is wide enough that tokens differ clearly. */
    public static Path write(Path directory, ModelConfig config, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<ModelLayout.Weight> weights = ModelLayout.weights(config);
        Json.write(directory.resolve("config.json"), config.toJson());
        try (SafetensorsWriter writer = SafetensorsWriter.create(directory.resolve("model.safetensors"),
                weights.stream().map(w -> TensorInfo.of(w.name(), DType.F32, w.shape())).toList())) {
            for (ModelLayout.Weight weight : weights) {
                float[] values = new float[(int) weight.elements()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) (weight.shape().length == 1 ? 1 + 0.1 * random.nextGaussian() : 0.15 * random.nextGaussian());
                }
                writer.write(weight.name(), values);
            }
        }
        return directory;
    }

    /** Token ids without any pattern. */
    public static int[] ids(int count, long seed) {
        return new SplittableRandom(seed).ints(count, 0, CONFIG.vocabSize()).toArray();
    }
}
