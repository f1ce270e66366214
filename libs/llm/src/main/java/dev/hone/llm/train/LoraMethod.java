package dev.hone.llm.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.hone.llm.bridge.Torch;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.AdapterConfig;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.HoneJson;
import dev.hone.llm.format.LlamaConfig;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.lora.LoraBase;
import dev.hone.llm.lora.LoraMatrices;
import dev.hone.llm.model.LlamaNames;
import dev.hone.llm.model.LlamaProgram;
import dev.hone.llm.model.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** An adapter trains on a frozen base, NF4 (qlora) or not (lora); the output is the adapter in PEFT's format. */
record LoraMethod() implements TrainingMethod {
    private static final long DEQUANTIZE_BELOW = 128L << 20;
    private static final List<String> ALL = LlamaNames.LINEARS.stream().map(name -> name.substring(name.indexOf('.') + 1)).toList();

    @Override
    public Trainee load(Path base, TrainingRecipe recipe) {
        return load(base, recipe, kindOf(LlamaConfig.load(base), recipe));
    }

    /** A small NF4 base is dequantized once instead of twice a step: the numbers are the same. */
    private static LoraBase kindOf(LlamaConfig config, TrainingRecipe recipe) {
        if (recipe.method().equals("lora")) {
            return LoraBase.PLAIN;
        }
        long bytes = LlamaNames.weights(config).stream().filter(LlamaNames.Weight::linear).mapToLong(LlamaNames.Weight::elements).sum() * 2;
        return bytes < DEQUANTIZE_BELOW ? LoraBase.NF4_DEQUANTIZED : LoraBase.NF4;
    }

    static Trainee load(Path base, TrainingRecipe recipe, LoraBase kind) {
        NDManager manager = Torch.newManager();
        try (WeightSource source = WeightSource.open(base)) {
            LlamaConfig config = LlamaConfig.load(base);
            Precision precision = Precision.of(recipe.computeDtype());
            TorchProgram program = LlamaProgram.load(manager, config, new LlamaProgram.Variant(kind.slot(), recipe.loraAlpha() / recipe.loraR(), recipe.loraDropout()));
            List<NDArray> weights = kind.load(manager, program, config, source, precision);
            List<NDArray> adapter = LoraMatrices.drawn(manager, config, recipe::targets, recipe.loraR(), recipe.seed());
            return new Trainee(manager, config, precision, program, weights, adapter, LoraMatrices.names(config, recipe::targets), recipe.weightDecay(), kind == LoraBase.NF4);
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    @Override
    public void write(Path base, Path output, Map<String, float[]> values, TrainingRecipe recipe, String tokenizerSha256) {
        List<String> targets = recipe.targetModules().isEmpty() ? ALL : recipe.targetModules();
        AdapterConfig config = new AdapterConfig(recipe.loraR(), recipe.loraAlpha(), recipe.loraDropout(), targets, false, base.toAbsolutePath().getFileName().toString());
        new AdapterFiles(config, LoraMatrices.pairs(LlamaConfig.load(base), values, recipe.loraR())).write(output);
        String precision = recipe.method().equals("qlora") ? "nf4" : recipe.computeDtype();
        new HoneJson(recipe.method(), precision, recipe.computeDtype(), tokenizerSha256).write(output);
    }
}
