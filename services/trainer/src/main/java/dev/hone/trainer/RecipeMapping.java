package dev.hone.trainer;

import dev.hone.jobs.JobFailure;
import dev.hone.llm.train.TrainingRecipe;

/** From the message to the numerical library's own recipe: the library must not know protobuf. */
final class RecipeMapping {

    private static final int BY_RATIO = -1;
    private static final int BY_EPOCHS = 0;

    private RecipeMapping() {}

    /**
     * @param r complete
     * @throws JobFailure a user error when the library refuses a value
     */
    static TrainingRecipe toTraining(dev.hone.v1.TrainingRecipe r) throws JobFailure {
        try {
            return new TrainingRecipe(
                    r.getMethod(), r.getObjective(), r.getLoraR(), r.getLoraAlpha(), r.getLoraDropout(), r.getLoraTargetModulesList(),
                    r.getLearningRate(), r.getLrScheduler(), r.hasWarmupSteps() ? r.getWarmupSteps() : BY_RATIO, r.getWarmupRatio(),
                    r.getNumEpochs(), r.hasMaxSteps() ? r.getMaxSteps() : BY_EPOCHS, r.getMicroBatchSize(),
                    r.getGradientAccumulationSteps(), r.getSequenceLen(), r.getWeightDecay(), r.getMaxGradNorm(), r.getSeed(),
                    r.getEvalSteps(), r.getEarlyStoppingPatience(), r.getSaveSteps(), r.getComputeDtype(),
                    r.getAdamBeta1(), r.getAdamBeta2(), r.getAdamEpsilon());
        } catch (IllegalArgumentException e) {
            throw JobFailure.userError("invalid_recipe", e.getMessage());
        }
    }
}
