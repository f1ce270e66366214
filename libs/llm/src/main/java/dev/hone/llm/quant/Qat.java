package dev.hone.llm.quant;

import dev.hone.llm.train.CheckpointStore;
import dev.hone.llm.train.TrainingObserver;
import dev.hone.llm.train.TrainingRecipe;
import java.util.function.Function;

/**
 * How schemes of the method qat learn: from the run's own training rows, starting at the merged model.
 *
 * @param training method full or lora; what an adapter learns is merged before rounding
 * @param afterSteps optimizer steps without rounding at the beginning (Axolotl's fake_quant_after_n_steps)
 * @param fallback the scheme to train when no other one stays within the budget; null: none
 * @param checkpoints of the training of a scheme, by its name
 */
public record Qat(TrainingRecipe training, int afterSteps, String fallback, Function<String, CheckpointStore> checkpoints, TrainingObserver observer) {}
