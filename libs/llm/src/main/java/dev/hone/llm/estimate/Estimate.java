package dev.hone.llm.estimate;

import dev.hone.llm.train.TrainingRecipe;

/**
 * What a run will train, hold and do.
 *
 * @param recipe the run's
 * @param parameters of the model, tied ones once; exact
 * @param trainableParameters exact
 * @param memory peak resident, by part
 * @param recomputes whether layers are computed a second time in the backward pass
 * @param steps optimizer steps; 0 when nobody knows
 * @param operationsPerStep floating-point operations of one optimizer step
 * @param seconds of all steps, without loading and validation; NaN when steps or the machine's speed are unknown
 */
public record Estimate(TrainingRecipe recipe, long parameters, long trainableParameters, Memory memory, boolean recomputes, long steps,
        double operationsPerStep, double seconds) {

    /** Peak resident memory of the process, in bytes. */
    public double bytes() {
        return memory.total();
    }

    /** The part of all parameters that learns, the adapter's counted with the model's. */
    public double trainableShare() {
        return (double) trainableParameters / (parameters + (recipe.isFull() ? 0 : trainableParameters));
    }
}
