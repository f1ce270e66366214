package dev.hone.llm.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.hone.llm.bridge.Torch;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.AdapterConfig;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.HoneJson;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.lora.LoraBase;
import dev.hone.llm.lora.LoraBase.Rounding;
import dev.hone.llm.lora.LoraBase.Unpacking;
import dev.hone.llm.lora.LoraMatrices;
import dev.hone.llm.lora.Targets;
import dev.hone.llm.model.LayerWeights;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.model.ModelProgram;
import dev.hone.llm.model.ModelWeights;
import dev.hone.llm.model.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** An adapter trains on a frozen base, rounded to NF4 (qlora) or int8, or not; the output is the adapter in PEFT's format. */
record LoraMethod() implements TrainingMethod {
    @Override
    public Trainee load(FineTuneSpec spec) {
        NDManager manager = Torch.newManager();
        return load(manager, spec.baseModel(), spec.recipe(), baseOf(ModelConfig.load(spec.baseModel()), spec.recipe(), manager.getDevice().isGpu()), spec.fakeQuantization());
    }

    static LoraBase baseOf(ModelConfig config, TrainingRecipe recipe, boolean onGpu) {
        Rounding rounding = recipe.method().equals("qlora") ? Rounding.NF4 : recipe.loadIn8bit() ? Rounding.INT8 : Rounding.NONE;
        long bytes = ModelLayout.weights(config).stream().filter(ModelLayout.Weight::linear).mapToLong(ModelLayout.Weight::elements).sum() * 2;
        return new LoraBase(rounding, bytes < LoraBase.UNPACK_ONCE_BELOW ? Unpacking.ONCE : onGpu ? Unpacking.IN_PROGRAM : Unpacking.BY_LAYER);
    }

    static Trainee load(Path base, TrainingRecipe recipe, LoraBase kind) {
        return load(base, recipe, kind, FakeQuantization.NONE);
    }

    static Trainee load(Path base, TrainingRecipe recipe, LoraBase kind, FakeQuantization fake) {
        return load(Torch.newManager(), base, recipe, kind, fake);
    }

    private static Trainee load(NDManager manager, Path base, TrainingRecipe recipe, LoraBase kind, FakeQuantization fake) {
        try (WeightSource source = WeightSource.open(base)) {
            ModelConfig config = ModelConfig.load(base);
            fake.requireFit(recipe, config);
            Trainee.Programs programs = Trainee.Programs.load(manager, config, new ModelProgram.Variant(kind.slot(), recipe.loraDropout()), fake);
            AdapterConfig adapter = adapterConfig(recipe, config, base);
            List<String> modules = new Targets(recipe.loraTargetModules()).of(config);
            Function<ModelLayout.Weight, float[]> rounded = place ->
                    kind.roundTrip(ModelWeights.values(source, place), (int) place.shape()[0], (int) place.shape()[1]);
            LoraMatrices matrices = LoraMatrices.drawn(manager, programs.plain(), config, adapter, modules, recipe.seed(), rounded);
            Precision precision = Precision.of(recipe.computeDtype());
            Trainee.Passing passing = Trainee.Passing.of(recipe, Activations.keepBelow(keepBelow(kind), config, precision, fake));
            return over(manager, config, precision, programs, source, kind, adapter, matrices, Map.of(), passing);
        } catch (IllegalArgumentException e) {
            manager.close();
            throw new TrainingFailed("invalid_recipe", e.getMessage(), true);
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    private static long keepBelow(LoraBase kind) {
        return kind.rounding() == Rounding.NONE ? Activations.KEEP_BELOW : Activations.KEEP_BELOW_ROUNDED;
    }

    /** @param saved values of whole modules that train on from them, by their names in the base; else they start as the base's */
    static Trainee over(NDManager manager, ModelConfig config, Precision precision, Trainee.Programs programs, WeightSource source, LoraBase kind, AdapterConfig adapter,
            LoraMatrices matrices, Map<String, float[]> saved, Trainee.Passing passing) {
        TorchProgram program = programs.plain();
        List<NDArray> frozen = ModelWeights.others(manager, program, config, source, precision);
        LayerWeights reference = kind.over(manager, program, config, source, precision, frozen);
        Map<Integer, Map.Entry<String, NDArray>> learning = new TreeMap<>();
        List<NDArray> others = new java.util.ArrayList<>(frozen);
        List<ModelLayout.Weight> places = ModelLayout.others(config);
        for (int i = 0; i < places.size(); i++) {
            ModelLayout.Weight place = places.get(i);
            if (savesModule(adapter, place)) {
                float[] values = saved.containsKey(place.name()) ? saved.get(place.name()) : ModelWeights.values(source, place);
                others.set(i, LoraMatrices.leaf(manager, program, ModelWeights.inProgram(config, place, values), new Shape(place.shape())));
                learning.put(i, Map.entry(place.name(), others.get(i)));
            }
        }
        LayerWeights weights = learning.isEmpty() ? reference : reference.with(others);
        boolean recompute = kind.unpacksInGraph();
        Trainee.Passing how = recompute ? new Trainee.Passing(true, 0, passing.noise(), passing.beta(), passing.smoothing()) : passing;
        return new Trainee(new Trainee.Model(manager, config, precision, programs, weights), reference, matrices.layers(), new Trainee.Learning(matrices.learning(), learning), how);
    }

    private static boolean savesModule(AdapterConfig adapter, ModelLayout.Weight place) {
        return adapter.modulesToSave().stream().anyMatch(module -> place.module().equals(module) || place.module().endsWith("." + module));
    }

    private static AdapterConfig adapterConfig(TrainingRecipe recipe, ModelConfig config, Path base) {
        List<String> saved = recipe.loraModulesToSave();
        RecipeFit.requireSavedModules(saved, config);
        return new AdapterConfig(recipe.loraR(), recipe.loraAlpha(), recipe.loraDropout(), written(recipe, config), recipe.peftUseRslora(), recipe.peftUseDora(),
                recipe.loraRankPattern(), recipe.loraAlphaPattern(), saved, config.tieWordEmbeddings() && !saved.isEmpty(), base.toAbsolutePath().getFileName().toString());
    }

    /** Names that mean the same to PEFT, which reads no entry of a list as a regular expression. */
    private static List<String> written(TrainingRecipe recipe, ModelConfig config) {
        List<String> entries = recipe.loraTargetModules();
        if (entries.isEmpty()) {
            return ModelLayout.linearNames(config);
        }
        boolean plain = entries.stream().allMatch(entry -> ModelLayout.linearNames(config).contains(entry));
        return plain ? entries : new Targets(entries).of(config);
    }

    @Override
    public void write(FineTuneSpec spec, Map<String, float[]> values, String tokenizerSha256) {
        TrainingRecipe recipe = spec.recipe();
        ModelConfig config = ModelConfig.load(spec.baseModel());
        AdapterConfig adapter = adapterConfig(recipe, config, spec.baseModel());
        Map<String, AdapterFiles.Saved> saved = new TreeMap<>();
        for (ModelLayout.Weight place : ModelLayout.others(config)) {
            if (values.containsKey(place.name())) {
                saved.put(place.name(), new AdapterFiles.Saved(place.shape(), ModelWeights.inFile(config, place, values.get(place.name()))));
            }
        }
        new AdapterFiles(adapter, LoraMatrices.pairs(config, adapter, values), saved).write(spec.output());
        String precision = recipe.method().equals("qlora") ? "nf4" : recipe.loadIn8bit() ? "int8" : recipe.computeDtype();
        new HoneJson(recipe.method(), precision, recipe.computeDtype(), tokenizerSha256).write(spec.output());
    }
}
