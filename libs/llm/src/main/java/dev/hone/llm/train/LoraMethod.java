package dev.hone.llm.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.hone.llm.bridge.Torch;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.AdapterConfig;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.HoneJson;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.lora.LoraBase;
import dev.hone.llm.lora.LoraMatrices;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.model.ModelProgram;
import dev.hone.llm.model.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** An adapter trains on a frozen base, NF4 (qlora) or not (lora); the output is the adapter in PEFT's format. */
record LoraMethod() implements TrainingMethod {
    private static final long DEQUANTIZE_BELOW = 128L << 20;
    private static final List<String> ALL = ModelLayout.LINEARS.stream().map(name -> name.substring(name.indexOf('.') + 1)).toList();

    @Override
    public Trainee load(Path base, TrainingRecipe recipe) {
        return load(base, recipe, kindOf(ModelConfig.load(base), recipe));
    }

    /** A small NF4 base is dequantized once instead of twice a step: the numbers are the same. */
    private static LoraBase kindOf(ModelConfig config, TrainingRecipe recipe) {
        if (recipe.method().equals("lora")) {
            return LoraBase.PLAIN;
        }
        long bytes = ModelLayout.weights(config).stream().filter(ModelLayout.Weight::linear).mapToLong(ModelLayout.Weight::elements).sum() * 2;
        return bytes < DEQUANTIZE_BELOW ? LoraBase.NF4_DEQUANTIZED : LoraBase.NF4;
    }

    static Trainee load(Path base, TrainingRecipe recipe, LoraBase kind) {
        NDManager manager = Torch.newManager();
        try (WeightSource source = WeightSource.open(base)) {
            ModelConfig config = ModelConfig.load(base);
            Precision precision = Precision.of(recipe.computeDtype());
            TorchProgram program = ModelProgram.load(manager, config, new ModelProgram.Variant(kind.slot(), recipe.loraAlpha() / recipe.loraR(), recipe.loraDropout()));
            List<NDArray> weights = kind.load(manager, program, config, source, precision);
            List<NDArray> adapter = LoraMatrices.drawn(manager, config, module -> targets(recipe, module), recipe.loraR(), recipe.seed());
            return new Trainee(manager, config, precision, program, weights, adapter, LoraMatrices.names(config, module -> targets(recipe, module)), recipe.weightDecay(), kind == LoraBase.NF4);
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    private static boolean targets(TrainingRecipe recipe, String module) {
        return recipe.loraTargetModules().isEmpty() || recipe.loraTargetModules().contains(module.substring(module.lastIndexOf('.') + 1));
    }

    @Override
    public void write(Path base, Path output, Map<String, float[]> values, TrainingRecipe recipe, String tokenizerSha256) {
        List<String> targets = recipe.loraTargetModules().isEmpty() ? ALL : recipe.loraTargetModules();
        AdapterConfig config = new AdapterConfig(recipe.loraR(), recipe.loraAlpha(), recipe.loraDropout(), targets, false, base.toAbsolutePath().getFileName().toString());
        new AdapterFiles(config, LoraMatrices.pairs(ModelConfig.load(base), values, recipe.loraR())).write(output);
        String precision = recipe.method().equals("qlora") ? "nf4" : recipe.computeDtype();
        new HoneJson(recipe.method(), precision, recipe.computeDtype(), tokenizerSha256).write(output);
    }
}
