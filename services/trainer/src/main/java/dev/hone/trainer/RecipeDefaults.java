package dev.hone.trainer;

import dev.hone.v1.GateRecipe;
import dev.hone.v1.QuantizationRecipe;
import dev.hone.v1.Recipe;
import dev.hone.v1.TrainingRecipe;
import java.util.List;

/**
 * Fills in what a recipe leaves open, from the sizes of the model and the dataset. What the sender wrote stays. Pure: the
 * same recipe and sizes always give the same result, because a run's id is its hash.
 */
final class RecipeDefaults {

    /** All linear layers of a Llama block, as QLoRA found necessary to match full fine-tuning (arXiv:2305.14314, section 4). */
    static final List<String> LINEAR_LAYERS =
            List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

    private static final double SMALL_MODEL = 5e6;
    private static final double SMALL_MODEL_RATE = 3e-3;
    private static final double LARGE_MODEL = 1e9;
    private static final double LARGE_MODEL_RATE = 2e-4;
    /** Full fine-tuning wants about a tenth of LoRA's rate. */
    private static final double FULL_TO_LORA_RATE = 0.1;

    private static final int EFFECTIVE_BATCH = 16;
    private static final int WANTED_STEPS = 600;
    private static final int MOST_EPOCHS = 30;
    private static final int FEWEST_EPOCHS = 3;
    private static final int LARGE_DATASET_ROWS = 100_000;
    private static final int LONGEST_DEFAULT_SEQUENCE = 2_048;
    private static final int SEQUENCE_STEP = 16;
    private static final int SHORTEST_SEQUENCE = 32;

    private RecipeDefaults() {}

    static Recipe complete(Recipe asked, ModelFacts model, DatasetFacts dataset) {
        return Recipe.newBuilder()
                .setTraining(training(asked.getTraining(), model, dataset))
                .setQuantization(quantization(asked.getQuantization()))
                .setGate(gate(asked.getGate()))
                .build();
    }

    /** Whether nothing is left open, whatever the model and the dataset. */
    static boolean isComplete(Recipe recipe) {
        return complete(recipe, new ModelFacts(1, 1), new DatasetFacts(1, 1)).equals(recipe);
    }

    private static TrainingRecipe training(TrainingRecipe asked, ModelFacts model, DatasetFacts dataset) {
        TrainingRecipe.Builder r = asked.toBuilder();
        method(r);
        batches(r, model, dataset);
        optimizer(r, model);
        rhythm(r, dataset);
        return r.build();
    }

    private static void method(TrainingRecipe.Builder r) {
        if (!r.hasMethod()) {
            r.setMethod("qlora");
        }
        if (!r.hasObjective()) {
            r.setObjective("chat");
        }
        if (!r.hasLoraR()) {
            r.setLoraR(16);
        }
        if (!r.hasLoraAlpha()) {
            r.setLoraAlpha(2.0 * r.getLoraR());
        }
        if (!r.hasLoraDropout()) {
            r.setLoraDropout(0.05);
        }
        if (r.getLoraTargetModulesCount() == 0) {
            r.addAllLoraTargetModules(LINEAR_LAYERS);
        }
        if (!r.hasComputeDtype()) {
            r.setComputeDtype("bf16");
        }
        if (!r.hasSeed()) {
            r.setSeed(42);
        }
    }

    /** Sixteen rows to a step, in pieces that fit the model: activations grow with both. */
    private static void batches(TrainingRecipe.Builder r, ModelFacts model, DatasetFacts dataset) {
        if (!r.hasSequenceLen()) {
            int rounded = (dataset.maxRowTokens() + SEQUENCE_STEP - 1) / SEQUENCE_STEP * SEQUENCE_STEP;
            int most = Math.min(model.contextLength(), LONGEST_DEFAULT_SEQUENCE);
            r.setSequenceLen(Math.clamp(rounded, Math.min(SHORTEST_SEQUENCE, most), most));
        }
        if (!r.hasMicroBatchSize()) {
            int fitting = model.parameters() < 200e6 ? 16 : model.parameters() < LARGE_MODEL ? 4 : 2;
            r.setMicroBatchSize(Math.min(fitting, Math.max(1, dataset.trainRows())));
        }
        if (!r.hasGradientAccumulationSteps()) {
            int rows = Math.min(EFFECTIVE_BATCH, Math.max(1, dataset.trainRows()));
            r.setGradientAccumulationSteps(Math.max(1, rows / r.getMicroBatchSize()));
        }
    }

    private static void optimizer(TrainingRecipe.Builder r, ModelFacts model) {
        if (!r.hasLearningRate()) {
            r.setLearningRate(learningRate(model.parameters()) * (r.getMethod().equals("full") ? FULL_TO_LORA_RATE : 1));
        }
        if (!r.hasLrScheduler()) {
            r.setLrScheduler("cosine");
        }
        if (!r.hasWarmupRatio()) {
            r.setWarmupRatio(0.03);
        }
        if (!r.hasWeightDecay()) {
            r.setWeightDecay(0);
        }
        if (!r.hasMaxGradNorm()) {
            r.setMaxGradNorm(1);
        }
        if (!r.hasAdamBeta1()) {
            r.setAdamBeta1(0.9);
        }
        if (!r.hasAdamBeta2()) {
            r.setAdamBeta2(0.999);
        }
        if (!r.hasAdamEpsilon()) {
            r.setAdamEpsilon(1e-8);
        }
    }

    /** How long, and how often to look: validation and a checkpoint about twice an epoch. */
    private static void rhythm(TrainingRecipe.Builder r, DatasetFacts dataset) {
        int stepsPerEpoch = Math.max(1, Math.ceilDiv(dataset.trainRows(), r.getMicroBatchSize() * r.getGradientAccumulationSteps()));
        if (!r.hasNumEpochs()) {
            r.setNumEpochs(epochs(stepsPerEpoch, dataset.trainRows()));
        }
        int look = Math.max(10, stepsPerEpoch / 2);
        if (!r.hasEvalSteps()) {
            r.setEvalSteps(look);
        }
        if (!r.hasSaveSteps()) {
            r.setSaveSteps(look);
        }
        if (!r.hasEarlyStoppingPatience()) {
            r.setEarlyStoppingPatience(3);
        }
    }

    /** A small dataset is seen often enough for {@value #WANTED_STEPS} steps, a large one once; early stopping ends sooner. */
    static double epochs(int stepsPerEpoch, int rows) {
        if (rows >= LARGE_DATASET_ROWS) {
            return 1;
        }
        return Math.clamp(Math.ceilDiv(WANTED_STEPS, stepsPerEpoch), FEWEST_EPOCHS, MOST_EPOCHS);
    }

    /**
     * LoRA's peak learning rate: 2e-4 from a billion parameters up, as QLoRA used; 3e-3 for five million, as hone-nano
     * takes; between them a straight line of the logarithms, which is about parameters^-0.5.
     */
    static double learningRate(long parameters) {
        double position = Math.log(parameters / SMALL_MODEL) / Math.log(LARGE_MODEL / SMALL_MODEL);
        double rate = SMALL_MODEL_RATE * Math.pow(LARGE_MODEL_RATE / SMALL_MODEL_RATE, Math.clamp(position, 0, 1));
        // Two digits: a rate that a person can read, say and type again.
        double digit = Math.pow(10, Math.floor(Math.log10(rate)) - 1);
        return Math.round(rate / digit) * digit;
    }

    private static QuantizationRecipe quantization(QuantizationRecipe asked) {
        QuantizationRecipe.Builder r = asked.toBuilder();
        if (r.getSchemesCount() == 0) {
            r.addAllSchemes(List.of("int8", "int8_asymmetric", "int4"));
        }
        if (!r.hasGroupSize()) {
            r.setGroupSize(32);
        }
        if (!r.hasCalibrationRows()) {
            r.setCalibrationRows(64);
        }
        if (!r.hasDeployScheme()) {
            r.setDeployScheme(r.getSchemes(0));
        }
        return r.build();
    }

    private static GateRecipe gate(GateRecipe asked) {
        GateRecipe.Builder r = asked.toBuilder();
        if (!r.hasMinLossImprovement()) {
            r.setMinLossImprovement(0.05);
        }
        if (!r.hasMaxQuantizationLoss()) {
            r.setMaxQuantizationLoss(0.05);
        }
        if (!r.hasMinExactMatch()) {
            r.setMinExactMatch(0);
        }
        if (!r.hasMaxRows()) {
            r.setMaxRows(200);
        }
        if (!r.hasMaxNewTokens()) {
            r.setMaxNewTokens(64);
        }
        if (!r.hasDeploy()) {
            r.setDeploy(true);
        }
        return r.build();
    }
}
