package dev.hone.llm.estimate;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.train.TrainingRecipe;

/**
 * Time from work. A token costs, in floating-point operations, with N weights of the linear modules, P LoRA parameters, S
 * tokens looked at:
 *
 * <pre>
 * forward          2N + 2P + 4·S·heads·head size·layers     (both products of attention, the unseen half computed too)
 * input gradients  2N + 2P + twice attention's
 * recomputation    the forward once more
 * weight gradients 2P, and 2N for full
 * head             3 products of V·D for a learned token; 4 where the head trains
 * preference       one forward more, of the reference
 * </pre>
 *
 * Where the base is rounded, each walk through the layers, forwards or backwards, unpacks every weight once.
 */
final class TimeModel {
    private final ModelConfig config;
    private final TrainingRecipe recipe;
    private final Workload work;
    private final Shape shape;
    private final boolean recomputes;
    private final boolean unpacks;

    TimeModel(ModelConfig config, TrainingRecipe recipe, Workload work, Shape shape, boolean recomputes) {
        this.config = config;
        this.recipe = recipe;
        this.work = work;
        this.shape = shape;
        this.recomputes = recomputes;
        this.unpacks = BaseKind.of(recipe, shape.linear() * Costs.BF16).isUnpacked();
    }

    /** Floating-point operations of one optimizer step. */
    double operationsPerStep() {
        double attention = 4.0 * work.document(recipe) * config.numAttentionHeads() * config.headDim() * config.numHiddenLayers();
        double forward = 2.0 * shape.linear() + 2.0 * shape.adapters() + attention;
        double weightGradients = 2.0 * (recipe.isFull() ? shape.linear() : shape.adapters());
        double perToken = forward * forwards() + forward + attention + weightGradients;
        return work.tokensPerStep(recipe) * (perToken + head());
    }

    /** Walks through the layers before the backward one. */
    private int forwards() {
        return 1 + (recomputes ? 1 : 0) + (recipe.isPreference() ? 1 : 0);
    }

    private double head() {
        boolean trains = recipe.isFull() || shape.saved() > 0;
        return work.learnedShare() * 2.0 * shape.head() * (trains ? 3 : 2);
    }

    /** @param rate of a large matrix product in the compute type, in floating-point operations per second */
    double secondsPerStep(double rate) {
        int walks = 2 + (recipe.isPreference() ? 1 : 0);
        double unpacked = unpacks ? (double) shape.linear() * walks * recipe.gradientAccumulationSteps() : 0;
        return operationsPerStep() / (rate * Costs.STEP_EFFICIENCY) + unpacked * Costs.UNPACKING;
    }
}
