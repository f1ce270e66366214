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
import dev.hone.llm.lora.LoraMatrices;
import dev.hone.llm.model.LayerWeights;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.model.ModelProgram;
import dev.hone.llm.model.ModelWeights;
import dev.hone.llm.model.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;

/** Training every weight, from a model or from nothing: f32 masters, cast to the compute type inside every step. */
final class FullWeights {
    private static final List<String> TOKENIZER_FILES = List.of(
            "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", "generation_config.json");

    private FullWeights() {}

    static Trainee load(Path directory, TrainingRecipe recipe) {
        return load(directory, recipe, FakeQuantization.NONE);
    }

    static Trainee load(Path directory, TrainingRecipe recipe, FakeQuantization fake) {
        NDManager manager = Torch.newManager();
        try {
            ModelConfig config = ModelConfig.load(directory);
            fake.requireFit(recipe, config);
            Trainee.Programs programs = Trainee.Programs.load(manager, config, ModelProgram.Variant.PLAIN, fake);
            Random random = new Random(recipe.seed());
            try (WeightSource source = SafetensorsFile.existsIn(directory) ? WeightSource.open(directory) : null) {
                return over(manager, programs, config, recipe, fake, place -> source == null ? drawn(config, place, random) : ModelWeights.values(source, place));
            }
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    private static Trainee over(NDManager manager, Trainee.Programs programs, ModelConfig config, TrainingRecipe recipe, FakeQuantization fake, Function<ModelLayout.Weight, float[]> values) {
        List<List<NDArray>> layers = new ArrayList<>();
        List<Map<String, NDArray>> learning = new ArrayList<>();
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            Map<String, NDArray> named = new LinkedHashMap<>();
            layers.add(leaves(manager, programs.plain(), config, ModelLayout.layer(config, layer), values, named));
            learning.add(named);
        }
        Map<String, NDArray> named = new LinkedHashMap<>();
        List<NDArray> others = leaves(manager, programs.plain(), config, ModelLayout.others(config), values, named);
        Map<Integer, Map.Entry<String, NDArray>> learningOthers = new HashMap<>();
        List<Map.Entry<String, NDArray>> inOrder = List.copyOf(named.entrySet());
        for (int i = 0; i < inOrder.size(); i++) {
            learningOthers.put(i, inOrder.get(i));
        }
        LayerWeights weights = LayerWeights.resident(layers, others);
        Precision precision = Precision.of(recipe.computeDtype());
        return new Trainee(new Trainee.Model(manager, config, precision, programs, weights), weights, List.of(),
                new Trainee.Learning(learning, learningOthers), Trainee.Passing.of(recipe, Activations.keepBelow(Activations.KEEP_BELOW, config, precision, fake)));
    }

    private static List<NDArray> leaves(NDManager manager, TorchProgram program, ModelConfig config, List<ModelLayout.Weight> places,
            Function<ModelLayout.Weight, float[]> values, Map<String, NDArray> named) {
        List<NDArray> tensors = new ArrayList<>();
        for (ModelLayout.Weight place : places) {
            if (place.isThere()) {
                tensors.add(LoraMatrices.leaf(manager, program, ModelWeights.inProgram(config, place, values.apply(place)), new Shape(place.shape())));
                named.put(place.name(), tensors.getLast());
            } else {
                tensors.add(ModelProgram.none(manager));
            }
        }
        return tensors;
    }

    /** Normal with initializer_range, norms neutral, biases zero, as Transformers initializes. */
    private static float[] drawn(ModelConfig config, ModelLayout.Weight place, Random random) {
        float[] values = new float[Math.toIntExact(place.elements())];
        switch (place.role()) {
            case NORM -> Arrays.fill(values, config.traits().normAddsOne() ? 0 : 1);
            case BIAS -> { }
            default -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) (config.initializerRange() * random.nextGaussian());
                }
            }
        }
        return values;
    }

    /** Writes a Hugging Face directory: weights in the type given, configuration and tokenizer as in the base. */
    static void write(Path base, Path output, Map<String, float[]> values, Precision stored) throws IOException {
        ModelConfig config = ModelConfig.load(base);
        boolean bf16 = stored == Precision.BF16;
        List<TensorInfo> infos = ModelLayout.weights(config).stream().map(w -> TensorInfo.of(w.name(), bf16 ? DType.BF16 : DType.F32, w.shape())).toList();
        try (SafetensorsWriter writer = SafetensorsWriter.create(output.resolve("model.safetensors"), infos)) {
            ModelLayout.weights(config).forEach(w -> writer.write(w.name(), ModelWeights.inFile(config, w, values.get(w.name()))));
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
