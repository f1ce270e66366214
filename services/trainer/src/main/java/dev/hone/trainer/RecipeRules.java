package dev.hone.trainer;

import dev.hone.jobs.JobFailure;
import dev.hone.llm.lora.Targets;
import dev.hone.llm.train.TrainingRecipe;
import dev.hone.v1.QuantizationRecipe;
import dev.hone.v1.Recipe;

/** The rules that no single field can hold: what fits this model, and what fits together. */
final class RecipeRules {

    private RecipeRules() {}

    /**
     * @param recipe complete
     * @throws JobFailure a user error that names the field
     */
    static void check(Recipe recipe, ModelFacts model) throws JobFailure {
        TrainingRecipe training = RecipeMapping.toTraining(recipe.getTraining());
        require(training.sequenceLen() <= model.contextLength(), "Expected a sequence_len of at most " + model.contextLength()
                + ", the base model's context, found " + training.sequenceLen() + ".");
        if (!training.isFull()) {
            requireTargets(training, model);
        }
        requireScheme(recipe.getQuantization());
    }

    /** Each entry chooses at least one linear module of this model; other families name theirs otherwise. */
    private static void requireTargets(TrainingRecipe training, ModelFacts model) throws JobFailure {
        try {
            new Targets(training.loraTargetModules()).of(model.config());
        } catch (IllegalArgumentException e) {
            throw JobFailure.userError("invalid_recipe", e.getMessage());
        }
    }

    private static void requireScheme(QuantizationRecipe quantization) throws JobFailure {
        require(quantization.getSchemesList().contains(quantization.getDeployScheme()), "Expected deploy_scheme to be one of schemes "
                + quantization.getSchemesList() + ", found " + quantization.getDeployScheme() + ".");
    }

    private static void require(boolean holds, String sentence) throws JobFailure {
        if (!holds) {
            throw JobFailure.userError("invalid_recipe", sentence);
        }
    }
}
