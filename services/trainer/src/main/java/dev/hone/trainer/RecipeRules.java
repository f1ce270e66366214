package dev.hone.trainer;

import dev.hone.jobs.JobFailure;
import dev.hone.v1.Recipe;
import dev.hone.v1.TrainingRecipe;
import java.util.List;

/** The rules that no single field can hold: what fits this model, and what fits together. */
final class RecipeRules {

    private RecipeRules() {}

    /** @throws JobFailure a user error that names the field */
    static void check(Recipe recipe, ModelFacts model) throws JobFailure {
        TrainingRecipe training = recipe.getTraining();
        List<String> unknown = training.getLoraTargetModulesList().stream().filter(name -> !RecipeDefaults.LINEAR_LAYERS.contains(name)).toList();
        require(unknown.isEmpty(), "Expected lora_target_modules among " + RecipeDefaults.LINEAR_LAYERS + ", found " + unknown + ".");
        require(training.getSequenceLen() <= model.contextLength(), "Expected a sequence_len of at most " + model.contextLength()
                + ", the base model's context, found " + training.getSequenceLen() + ".");
        require(recipe.getQuantization().getSchemesList().contains(recipe.getQuantization().getDeployScheme()),
                "Expected deploy_scheme to be one of schemes " + recipe.getQuantization().getSchemesList() + ", found "
                        + recipe.getQuantization().getDeployScheme() + ".");
    }

    private static void require(boolean holds, String sentence) throws JobFailure {
        if (!holds) {
            throw JobFailure.userError("invalid_recipe", sentence);
        }
    }
}
