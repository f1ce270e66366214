package dev.hone.llm.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.llm.bridge.Torch;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.DType;
import dev.hone.llm.format.Json;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.SafetensorsFile;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.model.ModelProgram;
import dev.hone.llm.model.ModelWeights;
import dev.hone.llm.model.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Training every weight, from a model or from nothing: f32 masters, cast to the compute type inside every step. */
final class FullWeights {
    private static final List<String> TOKENIZER_FILES = List.of(
            "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", "generation_config.json");

    private FullWeights() {}

    static Trainee load(Path directory, TrainingRecipe recipe) {
        NDManager manager = Torch.newManager();
        ModelConfig config = ModelConfig.load(directory);
        TorchProgram program = ModelProgram.load(manager, config, ModelProgram.Variant.PLAIN);
        List<NDArray> weights = SafetensorsFile.existsIn(directory) ? read(manager, program, config, directory) : drawn(manager, config, recipe.seed());
        List<String> names = ModelLayout.weights(config).stream().map(ModelLayout.Weight::name).toList();
        return new Trainee(manager, config, Precision.of(recipe.computeDtype()), program, weights, List.of(), names, recipe.weightDecay(), false);
    }

    private static List<NDArray> read(NDManager manager, TorchProgram program, ModelConfig config, Path directory) {
        try (WeightSource source = WeightSource.open(directory)) {
            return ModelWeights.plain(manager, program, config, source, Precision.F32);
        }
    }

    /** Normal with initializer_range, norms at 1, as Transformers initializes Llama. */
    private static List<NDArray> drawn(NDManager manager, ModelConfig config, long seed) {
        Random random = new Random(seed);
        List<NDArray> weights = new ArrayList<>();
        for (ModelLayout.Weight weight : ModelLayout.weights(config)) {
            float[] values = new float[Math.toIntExact(weight.elements())];
            boolean norm = weight.shape().length == 1;
            for (int i = 0; i < values.length; i++) {
                values[i] = norm ? 1 : (float) (config.initializerRange() * random.nextGaussian());
            }
            weights.add(manager.create(values, new Shape(weight.shape())));
        }
        return weights;
    }

    /** Writes a Hugging Face directory: weights in the compute type, configuration and tokenizer as in the base. */
    static void write(Path base, Path output, Map<String, float[]> values, TrainingRecipe recipe) throws IOException {
        ModelConfig config = ModelConfig.load(base);
        boolean bf16 = recipe.computeDtype().equals("bf16");
        List<TensorInfo> infos = ModelLayout.weights(config).stream().map(w -> TensorInfo.of(w.name(), bf16 ? DType.BF16 : DType.F32, w.shape())).toList();
        try (SafetensorsWriter writer = SafetensorsWriter.create(output.resolve("model.safetensors"), infos)) {
            values.forEach(writer::write);
        }
        ObjectNode json = (ObjectNode) Json.read(base.resolve("config.json"));
        json.put("torch_dtype", bf16 ? "bfloat16" : "float32");
        Json.write(output.resolve("config.json"), json);
        for (String file : TOKENIZER_FILES) {
            if (Files.exists(base.resolve(file))) {
                Files.copy(base.resolve(file), output.resolve(file), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
