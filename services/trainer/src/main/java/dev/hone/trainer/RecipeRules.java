package dev.hone.trainer;

import dev.hone.jobs.JobFailure;
import dev.hone.llm.train.RecipeFit;
import dev.hone.v1.Recipe;

/** The rules that no single field can hold: what fits this model, and what fits together. */
final class RecipeRules {

    private RecipeRules() {}

    /**
     * @param recipe complete
     * @throws JobFailure a user error that names the field
     */
    static void check(Recipe recipe, ModelFacts model) throws JobFailure {
        try {
            RecipeFit.check(RecipeMapping.toTraining(recipe.getTraining()), model.config());
        } catch (IllegalArgumentException e) {
            throw JobFailure.userError("invalid_recipe", e.getMessage());
        }
        QuantizationRules.check(recipe.getQuantization(), model);
    }
}
