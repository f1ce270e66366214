package dev.hone.trainer;

import dev.hone.events.EventJson;
import dev.hone.jobs.JobFailure;
import dev.hone.llm.train.TrainingRecipe;

/** From the message to the numerical library's own recipe: the library must not know protobuf. */
final class RecipeMapping {

    private RecipeMapping() {}

    /**
     * @param r complete
     * @throws JobFailure a user error when the library refuses a value
     */
    static TrainingRecipe toTraining(dev.hone.v1.TrainingRecipe r) throws JobFailure {
        try {
            return TrainingRecipe.parse(EventJson.print(r));
        } catch (IllegalArgumentException e) {
            throw JobFailure.userError("invalid_recipe", e.getMessage());
        }
    }
}
