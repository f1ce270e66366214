package dev.hone.llm.estimate;

import dev.hone.llm.format.AdapterConfig;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.lora.Targets;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.train.TrainingRecipe;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which linear modules get LoRA matrices, and how many parameters these are: r(in + out) for the pair A [r,in] and
 * B [out,r] (arXiv:2106.09685), and out more for DoRA's magnitudes (arXiv:2402.09353).
 */
public final class AdaptedModules {
    private final TrainingRecipe recipe;
    private final AdapterConfig ranks;
    private final ModelConfig config;
    private final Set<String> adapted;

    /** @throws IllegalArgumentException if the recipe names modules that this model does not have, saying which it has */
    public AdaptedModules(ModelConfig config, TrainingRecipe recipe) {
        this.config = config;
        this.recipe = recipe;
        this.ranks = new AdapterConfig(recipe.loraR(), recipe.loraAlpha(), recipe.loraDropout(), List.of(), recipe.peftUseRslora(), recipe.peftUseDora(),
                recipe.loraRankPattern(), recipe.loraAlphaPattern(), List.of(), false, "");
        this.adapted = Set.copyOf(new Targets(recipe.loraTargetModules()).of(config));
    }

    /**
     * Modules of one name and shape.
     *
     * @param name the last part of the modules' names
     * @param rank 0 where they are not adapted
     * @param count modules of the whole model
     * @param parameters of one module's LoRA matrices
     */
    public record Group(String name, long in, long out, int rank, long count, long parameters) {}

    /** The model's linear modules, in the order of their first layer. */
    public List<Group> groups() {
        Map<Group, Long> counts = new LinkedHashMap<>();
        for (ModelLayout.Weight weight : ModelLayout.weights(config)) {
            if (weight.linear()) {
                counts.merge(group(weight), 1L, Long::sum);
            }
        }
        List<Group> groups = new ArrayList<>();
        counts.forEach((g, count) -> groups.add(new Group(g.name(), g.in(), g.out(), g.rank(), count, g.parameters())));
        return groups;
    }

    private Group group(ModelLayout.Weight weight) {
        String module = weight.module();
        return new Group(module.substring(module.lastIndexOf('.') + 1), weight.shape()[1], weight.shape()[0], rank(weight), 0, parameters(weight));
    }

    /** Of the LoRA matrices; 0 where the weight has none. */
    long parameters(ModelLayout.Weight weight) {
        int rank = rank(weight);
        return rank == 0 ? 0 : rank * (weight.shape()[0] + weight.shape()[1]) + (recipe.peftUseDora() ? weight.shape()[0] : 0);
    }

    private int rank(ModelLayout.Weight weight) {
        return adapted.contains(weight.module()) ? ranks.rank(weight.module()) : 0;
    }

    /** Whether the weight trains whole beside the adapter. */
    boolean isSaved(ModelLayout.Weight weight) {
        return recipe.loraModulesToSave().stream().anyMatch(name -> weight.module().equals(name) || weight.module().endsWith("." + name));
    }
}
