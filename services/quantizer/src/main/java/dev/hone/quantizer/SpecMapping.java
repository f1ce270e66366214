package dev.hone.quantizer;

import dev.hone.events.EventJson;
import dev.hone.jobs.JobFailure;
import dev.hone.llm.layout.Layout;
import dev.hone.llm.quant.Budget;
import dev.hone.llm.quant.Qat;
import dev.hone.llm.quant.QuantizationSpec;
import dev.hone.llm.rounding.Scheme;
import dev.hone.llm.train.CheckpointStore;
import dev.hone.llm.train.QatDefaults;
import dev.hone.llm.train.TrainingObserver;
import dev.hone.llm.train.TrainingRecipe;
import dev.hone.v1.QatRecipe;
import dev.hone.v1.QuantizationRecipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/** From the message to what the numerical library asks for: it must not know protobuf. */
final class SpecMapping {

    private static final String TRAINING_ROWS = "train.jsonl";
    /** Never the test part: the gate judges by it, and a scheme must not be chosen by what it is judged by. */
    private static final String HELD_OUT_ROWS = "validation.jsonl";

    private final QuantizationRecipe recipe;

    SpecMapping(QuantizationRecipe recipe) {
        this.recipe = recipe;
    }

    /**
     * @param checkpoints of a training with rounded weights, by its scheme
     * @throws JobFailure a user error when the data or the recipe do not allow it
     */
    QuantizationSpec spec(Path base, Path adapter, Path dataset, Path output, Function<String, CheckpointStore> checkpoints, TrainingObserver observer) throws JobFailure {
        if (recipe.getSchemesCount() == 0) {
            throw JobFailure.userError("no_schemes", "Expected at least one of quantization.schemes, found none: without a quantized model there is nothing to evaluate and to serve.");
        }
        return new QuantizationSpec(base, adapter, schemes(), recipe.getGroupSize(), rows(dataset), layout(), recipe.getQuantizeEmbeddings(), recipe.getQuantizeHead(),
                recipe.getExportsList(), budget(), recipe.hasQat() ? qat(checkpoints, observer) : null, output);
    }

    boolean hasBudget() {
        return budget().binds();
    }

    private Budget budget() {
        return new Budget(recipe.hasMaxPerplexityIncrease() ? recipe.getMaxPerplexityIncrease() : Double.POSITIVE_INFINITY,
                recipe.hasMaxKlDivergence() ? recipe.getMaxKlDivergence() : Double.POSITIVE_INFINITY,
                recipe.hasMaxSize() ? recipe.getMaxSize() : Double.POSITIVE_INFINITY);
    }

    /** With a budget a scheme that is learned waits until the others have failed. */
    private List<String> schemes() {
        List<String> rounded = recipe.getSchemesList().stream().filter(scheme -> !isLearned(scheme)).toList();
        return hasBudget() && !rounded.isEmpty() ? rounded : recipe.getSchemesList();
    }

    private String fallback() {
        if (!hasBudget() || schemes().stream().anyMatch(this::isLearned)) {
            return null;
        }
        QatRecipe qat = recipe.getQat();
        return recipe.getSchemesList().stream().filter(this::isLearned).findFirst()
                .orElseGet(() -> QatDefaults.scheme(qat.getWeightDtype(), qat.getActivationDtype(), qat.getGroupSize()));
    }

    private boolean isLearned(String scheme) {
        return Scheme.of(scheme, recipe.getGroupSize()).method() == Scheme.Method.QAT;
    }

    private Layout layout() {
        return recipe.getLayout().equals("gptq") ? Layout.GPTQ : Layout.COMPRESSED_TENSORS;
    }

    private QuantizationSpec.Rows rows(Path dataset) {
        Path calibration = dataset.resolve(TRAINING_ROWS);
        Path heldOut = dataset.resolve(HELD_OUT_ROWS);
        return new QuantizationSpec.Rows(Files.exists(calibration) ? calibration : null, recipe.getCalibrationRows(), heldOut.toFile().length() > 0 ? heldOut : null, recipe.getHeldoutTokens());
    }

    private Qat qat(Function<String, CheckpointStore> checkpoints, TrainingObserver observer) throws JobFailure {
        try {
            TrainingRecipe training = TrainingRecipe.parse(EventJson.print(recipe.getQat().getTraining()));
            return new Qat(training, recipe.getQat().getFakeQuantAfterNSteps(), fallback(), checkpoints, observer);
        } catch (IllegalArgumentException e) {
            throw JobFailure.userError("invalid_recipe", e.getMessage());
        }
    }
}
