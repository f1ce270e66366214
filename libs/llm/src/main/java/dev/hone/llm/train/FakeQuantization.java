package dev.hone.llm.train;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.model.ModelProgram;

/**
 * Training with weights and activations rounded as they will be once the model is quantized, so that it learns to live with
 * that (Jacob et al. 2018, arXiv:1712.05877, section 3). Gradients pass the rounding as if it were not there (Bengio et al. 2013,
 * arXiv:1308.3432), except to weights beyond the largest code. The linear modules of the layers are rounded to nearest, symmetric:
 * int4 with scale = max|w| / 7.5 and codes −8 to 7, int8 with scale = max|w| / 127 and codes −127 to 127; scales are bf16, and f32
 * for int8 weights with int8 activations. With an adapter, what is rounded is W + (alpha / r) · B·A, as after merging.
 *
 * @param weightBits 4 or 8; 0: none of this happens
 * @param group inputs of an output that share a scale, or {@link #CHANNEL}; with eight bits only that
 * @param activationBits 8: what linear modules read is rounded token by token, scale = max|x| / 127; 0: it is not
 * @param embedding whether the embedding is rounded to int8, each row with its bf16 scale; with a tied head it is the head
 * @param afterSteps optimizer steps at the beginning that train without rounding (Axolotl's fake_quant_after_n_steps)
 */
public record FakeQuantization(int weightBits, int group, int activationBits, boolean embedding, int afterSteps) {
    /** All inputs of an output share a scale. */
    public static final int CHANNEL = -1;

    public static final FakeQuantization NONE = new FakeQuantization(0, CHANNEL, 0, false, 0);

    public FakeQuantization {
        if (weightBits != 0 && weightBits != 4 && weightBits != 8 || activationBits != 0 && activationBits != 8) {
            throw invalid("Expected weights of 4 or 8 bits and activations of 8, or 0 for not rounded, found " + weightBits + " and " + activationBits + ".");
        }
        if (weightBits == 0 && (activationBits > 0 || embedding)) {
            throw invalid("Expected rounded weights beside rounded activations or a rounded embedding, found none: choose 4 or 8 bits for the weights.");
        }
        if (group != CHANNEL && group < 2) {
            throw invalid("Expected a group of at least 2 inputs, or " + CHANNEL + " for all inputs of an output, found " + group + ".");
        }
        if (weightBits == 8 && group != CHANNEL) {
            throw invalid("Eight bits are learned with a scale for each output, found a group of " + group + ". Leave the group out, or learn four bits.");
        }
        if (afterSteps < 0) {
            throw invalid("Expected rounding to begin after 0 or more steps, found " + afterSteps + ".");
        }
    }

    private static TrainingFailed invalid(String message) {
        return new TrainingFailed("invalid_recipe", message, true);
    }

    public boolean isNone() {
        return weightBits == 0;
    }

    ModelProgram.Rounded rounded() {
        return isNone() ? ModelProgram.Rounded.NONE : new ModelProgram.Rounded(weightBits, group, activationBits, 0, embedding);
    }

    /** @throws TrainingFailed if the recipe trains in a way that knows no rounding, or a group does not divide a module's inputs */
    void requireFit(TrainingRecipe recipe, ModelConfig config) {
        if (isNone()) {
            return;
        }
        if (recipe.method().equals("qlora") || recipe.loadIn8bit()) {
            throw invalid("Training with rounded weights goes with method full or lora, found " + (recipe.loadIn8bit() ? "load_in_8bit" : "qlora")
                    + ": its base is rounded to another grid already. Choose lora.");
        }
        if (!recipe.isFull() && recipe.peftUseDora()) {
            throw invalid("Training with rounded weights rounds W + (alpha / r) B A, which DoRA would stretch afterwards. Switch peft_use_dora off, or choose method full.");
        }
        if (!recipe.isFull() && recipe.loraDropout() > 0) {
            throw invalid("Training with rounded weights rounds base and adapter as one matrix, so that an adapter's inputs cannot be dropped: expected lora_dropout 0, found "
                    + recipe.loraDropout() + ".");
        }
        for (ModelLayout.Weight linear : ModelLayout.linears(config, 0)) {
            if (group != CHANNEL && linear.shape()[1] % group != 0) {
                throw invalid("A group of " + group + " does not divide the " + linear.shape()[1] + " inputs of " + linear.module() + ". Choose one that does, or "
                        + CHANNEL + " for all inputs of an output.");
            }
        }
    }
}
