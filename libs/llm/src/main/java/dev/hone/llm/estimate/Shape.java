package dev.hone.llm.estimate;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.model.ModelLayout.Weight;
import dev.hone.llm.train.TrainingRecipe;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * Counts of weights that the formulas share.
 *
 * @param all weights of the model, tied ones once
 * @param linear those of the linear modules
 * @param linearRows outputs of the linear modules
 * @param largest the largest weight of all
 * @param head the output head's weights, which may be the embedding's
 * @param trained parameters that learn
 * @param adapters those of the LoRA matrices among them
 * @param saved those of modules that train whole beside the adapter
 */
record Shape(long all, long linear, long linearRows, long largest, long head, long trained, long adapters, long saved) {

    static Shape of(ModelConfig config, TrainingRecipe recipe) {
        List<Weight> weights = ModelLayout.weights(config);
        AdaptedModules modules = new AdaptedModules(config, recipe);
        long all = sum(weights, w -> true, Weight::elements);
        long adapters = recipe.isFull() ? 0 : sum(weights, Weight::linear, modules::parameters);
        long saved = recipe.isFull() ? 0 : sum(weights, modules::isSaved, Weight::elements);
        return new Shape(all, sum(weights, Weight::linear, Weight::elements), sum(weights, Weight::linear, w -> w.shape()[0]),
                most(weights, w -> true), (long) config.vocabSize() * config.hiddenSize(), recipe.isFull() ? all : adapters + saved, adapters, saved);
    }

    private static long sum(List<Weight> weights, Predicate<Weight> which, ToLongFunction<Weight> what) {
        return weights.stream().filter(which).mapToLong(what).sum();
    }

    private static long most(List<Weight> weights, Predicate<Weight> which) {
        return weights.stream().filter(which).mapToLong(Weight::elements).max().orElse(0);
    }
}
