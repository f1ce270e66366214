package dev.hone.trainer;

import dev.hone.jobs.JobFailure;
import dev.hone.llm.estimate.Estimator;
import dev.hone.llm.estimate.Memory;
import dev.hone.llm.estimate.Workload;
import dev.hone.v1.TrainingRecipe;

/** What a training must write when it is told to stop. */
final class CheckpointSize {

    private CheckpointSize() {}

    /**
     * Bytes of the trained values, the optimizer's state and, where they are kept, the best values so far.
     *
     * @param recipe complete
     */
    static long bytes(TrainingRecipe recipe, ModelFacts model) throws JobFailure {
        Memory memory = new Estimator(model.config(), Workload.UNKNOWN, Double.NaN).estimate(RecipeMapping.toTraining(recipe)).memory();
        return Math.round(memory.trained() * (recipe.getLoadBestModelAtEnd() ? 2 : 1) + memory.optimizer());
    }
}
