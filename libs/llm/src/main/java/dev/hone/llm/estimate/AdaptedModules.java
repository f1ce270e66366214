package dev.hone.llm.estimate;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.train.TrainingRecipe;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Which linear modules get LoRA matrices, and how many parameters these are: r(in + out) for the pair A [r,in] and
 * B [out,r] (arXiv:2106.09685), and out more for DoRA's magnitudes (arXiv:2402.09353).
 */
public final class AdaptedModules {
    private static final String ALL = "all-linear";
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_.-]+");

    private final TrainingRecipe recipe;

    public AdaptedModules(TrainingRecipe recipe) {
        this.recipe = recipe;
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
    public List<Group> groups(ModelConfig config) {
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
        String module = module(weight);
        int rank = rank(module);
        return new Group(module.substring(module.lastIndexOf('.') + 1), weight.shape()[1], weight.shape()[0], rank, 0, parameters(weight, rank));
    }

    private long parameters(ModelLayout.Weight weight, int rank) {
        long out = weight.shape()[0];
        long in = weight.shape()[1];
        return rank == 0 ? 0 : rank * (in + out) + (recipe.peftUseDora() ? out : 0);
    }

    long parameters(ModelLayout.Weight weight) {
        return weight.linear() ? parameters(weight, rank(module(weight))) : 0;
    }

    /** Whether the weight trains whole beside the adapter. */
    boolean isSaved(ModelLayout.Weight weight) {
        String module = module(weight);
        return recipe.loraModulesToSave().stream().anyMatch(name -> endsWith(module, name));
    }

    /** @return 0 where the module is not adapted */
    private int rank(String module) {
        List<String> targets = recipe.loraTargetModules();
        boolean adapted = targets.isEmpty() || targets.stream().anyMatch(target -> matches(module, target));
        return adapted ? patternRank(module) : 0;
    }

    private int patternRank(String module) {
        return recipe.loraRankPattern().entrySet().stream().filter(e -> endsWith(module, e.getKey()) || !isPlain(e.getKey()) && module.matches("(.*\\.)?(" + e.getKey() + ")"))
                .map(Map.Entry::getValue).findFirst().orElse(recipe.loraR());
    }

    private static boolean matches(String module, String target) {
        return target.equals(ALL) || (isPlain(target) ? endsWith(module, target) : module.matches(target));
    }

    private static boolean isPlain(String name) {
        return PLAIN.matcher(name).matches();
    }

    private static boolean endsWith(String module, String name) {
        return module.equals(name) || module.endsWith("." + name);
    }

    private static String module(ModelLayout.Weight weight) {
        return weight.name().substring(0, weight.name().lastIndexOf('.'));
    }
}
