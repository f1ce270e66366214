package dev.hone.llm.train;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.lora.Targets;
import dev.hone.llm.model.ModelLayout;
import java.util.List;

/** Whether a recipe can be followed on a model: what its settings name must be there. Needs no weights. */
public final class RecipeFit {
    private RecipeFit() {}

    /**
     * @param config of the base model
     * @throws IllegalArgumentException if rows are longer than the model's context, or a module that is to be trained is not
     *     there, naming the setting and what there is
     */
    public static void check(TrainingRecipe recipe, ModelConfig config) {
        if (recipe.sequenceLen() > config.maxPositionEmbeddings()) {
            throw new IllegalArgumentException("Expected a sequence_len of at most " + config.maxPositionEmbeddings() + ", the base model's context, found "
                    + recipe.sequenceLen() + ".");
        }
        if (!recipe.isFull()) {
            new Targets(recipe.loraTargetModules()).of(config);
            requireSavedModules(recipe.loraModulesToSave(), config);
        }
    }

    static void requireSavedModules(List<String> saved, ModelConfig config) {
        List<String> there = ModelLayout.others(config).stream().filter(weight -> weight.role() != ModelLayout.Role.NORM)
                .map(weight -> weight.module().substring(weight.module().lastIndexOf('.') + 1)).toList();
        for (String module : saved) {
            if (!there.contains(module)) {
                throw new IllegalArgumentException("Expected lora_modules_to_save among " + there + " of this model, found \"" + module + "\"."
                        + (config.tieWordEmbeddings() && module.equals("lm_head") ? " Its head is tied to the embedding: save embed_tokens, and both learn." : ""));
            }
        }
    }
}
