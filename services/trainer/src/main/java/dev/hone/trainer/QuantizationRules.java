package dev.hone.trainer;

import dev.hone.jobs.JobFailure;
import dev.hone.llm.rounding.QuantizationFailed;
import dev.hone.llm.rounding.Scheme;
import dev.hone.llm.train.RecipeFit;
import dev.hone.llm.train.TrainingRecipe;
import dev.hone.v1.QuantizationRecipe;
import java.util.ArrayList;
import java.util.List;

/** What goes together in a quantization: hours of training should not come before a scheme that makes no sense. */
final class QuantizationRules {

    private QuantizationRules() {}

    /**
     * @param recipe complete
     * @throws JobFailure a user error that names the setting
     */
    static void check(QuantizationRecipe recipe, ModelFacts model) throws JobFailure {
        List<Scheme> schemes = schemes(recipe);
        deployed(recipe);
        compared(recipe);
        if (recipe.getQuantizeHead() && schemes.stream().anyMatch(scheme -> scheme.activationBits() > 0)) {
            throw invalid("Expected quantize_head with schemes that leave activations as they are, found w8a8 or w4a8 among " + recipe.getSchemesList()
                    + ": what the head reads decides the answer, and is not rounded. Take one of them out.");
        }
        if (recipe.getLayout().equals("gptq")) {
            layout(schemes);
        }
        if (recipe.hasQat()) {
            learned(recipe, model);
        }
    }

    private static List<Scheme> schemes(QuantizationRecipe recipe) throws JobFailure {
        List<Scheme> schemes = new ArrayList<>();
        try {
            for (String label : recipe.getSchemesList()) {
                schemes.add(Scheme.of(label, recipe.getGroupSize()));
            }
            return schemes;
        } catch (QuantizationFailed e) {
            throw new JobFailure(e.code(), e.getMessage(), true, e);
        }
    }

    private static void deployed(QuantizationRecipe recipe) throws JobFailure {
        if (!recipe.hasDeployScheme()) {
            return;
        }
        if (!recipe.getSchemesList().contains(recipe.getDeployScheme())) {
            throw invalid("Expected deploy_scheme to be one of schemes " + recipe.getSchemesList() + ", found " + recipe.getDeployScheme() + ".");
        }
        if (recipe.hasMaxPerplexityIncrease() || recipe.hasMaxKlDivergence() || recipe.hasMaxSize()) {
            throw invalid("Expected deploy_scheme or a budget (max_perplexity_increase, max_kl_divergence, max_size), found both: the smallest scheme within the budget is"
                    + " the one that is deployed. Leave deploy_scheme out.");
        }
    }

    private static void compared(QuantizationRecipe recipe) throws JobFailure {
        if (recipe.getHeldoutTokens() == 0 && (recipe.hasMaxPerplexityIncrease() || recipe.hasMaxKlDivergence())) {
            throw invalid("Expected heldout_tokens above 0 beside max_perplexity_increase or max_kl_divergence, found 0: nothing would be compared.");
        }
    }

    private static void layout(List<Scheme> schemes) throws JobFailure {
        for (Scheme scheme : schemes) {
            boolean integer = scheme.type() == Scheme.Type.INT4 || scheme.type() == Scheme.Type.INT8;
            if (scheme.activationBits() > 0 || integer && scheme.group() == Scheme.TENSOR) {
                throw invalid("Expected schemes of int4 or int8 by group or channel with layout gptq, which has no place for others, found " + scheme.label()
                        + ". Take it out, or leave layout at compressed-tensors.");
            }
        }
    }

    private static void learned(QuantizationRecipe recipe, ModelFacts model) throws JobFailure {
        try {
            TrainingRecipe training = RecipeMapping.toTraining(recipe.getQat().getTraining());
            if (training.method().equals("qlora")) {
                throw invalid("Expected method full or lora in quantization.qat.training, found qlora: its base is rounded to NF4 already, and no other rounding can be learned on it.");
            }
            if (training.loraDropout() > 0 || training.peftUseDora() || training.loadIn8bit()) {
                throw invalid("Expected no lora_dropout, peft_use_dora or load_in_8bit in quantization.qat.training, found one: what is rounded is the base and the adapter as one matrix.");
            }
            RecipeFit.check(training, model.config());
        } catch (IllegalArgumentException e) {
            throw invalid("quantization.qat.training cannot be followed. " + e.getMessage());
        }
    }

    private static JobFailure invalid(String sentence) {
        return JobFailure.userError("invalid_recipe", sentence);
    }
}
