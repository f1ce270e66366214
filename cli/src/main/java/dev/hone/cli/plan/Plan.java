package dev.hone.cli.plan;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.ModelLayout;
import dev.hone.v1.TrainingRecipe;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The arithmetic of a run.
 *
 * @param config the base model's shape
 * @param recipe every setting used here is present
 */
record Plan(ModelConfig config, TrainingRecipe recipe) {
    /** NF4 codes of 4 bits, and per block of 64 an 8-bit scale, whose own scale is an f32 per 256 (QLoRA, section 3). */
    private static final double NF4_BYTES_PER_WEIGHT = (4 + 8.0 / 64 + 32.0 / (64 * 256)) / 8;
    private static final int BF16 = 2;
    private static final int F32 = 4;
    /** A trained f32 parameter, its gradient and Adam's two moments. */
    private static final int BYTES_PER_TRAINED = 4 * F32;

    /** A linear layer's sizes. */
    record Linear(int in, int out) {
        long weights() {
            return (long) in * out;
        }

        /** A is rank×in and B is out×rank. */
        long lora(int rank) {
            return (long) rank * (in + out);
        }
    }

    /** The linear layers of one transformer layer, by their names. */
    Map<String, Linear> linears() {
        return linears(config);
    }

    private static Map<String, Linear> linears(ModelConfig config) {
        Map<String, Linear> linears = new LinkedHashMap<>();
        for (int n = 0; n < ModelLayout.LINEARS.size(); n++) {
            long[] shape = ModelLayout.linearShape(config, n);
            linears.put(ModelLayout.LINEARS.get(n).replaceFirst(".*\\.", ""), new Linear((int) shape[1], (int) shape[0]));
        }
        return linears;
    }

    List<String> targets() {
        return recipe.getLoraTargetModulesCount() > 0 ? recipe.getLoraTargetModulesList() : List.copyOf(linears().keySet());
    }

    boolean isFull() {
        return recipe.getMethod().equals("full");
    }

    long trainablePerLayer() {
        return isFull() ? linearWeightsPerLayer() + 2L * config.hiddenSize()
                : targets().stream().mapToLong(target -> linears().get(target).lora(recipe.getLoraR())).sum();
    }

    long trainable() {
        return isFull() ? parameters() : trainablePerLayer() * config.numHiddenLayers();
    }

    long parameters() {
        return ModelLayout.parameters(config);
    }

    private long linearWeightsPerLayer() {
        return linearWeightsPerLayer(config);
    }

    private static long linearWeightsPerLayer(ModelConfig config) {
        return linears(config).values().stream().mapToLong(Linear::weights).sum();
    }

    long steps(long rows) {
        if (recipe.hasMaxSteps()) {
            return recipe.getMaxSteps();
        }
        long perEpoch = Math.ceilDiv(rows, (long) recipe.getMicroBatchSize() * recipe.getGradientAccumulationSteps());
        return (long) Math.ceil(perEpoch * recipe.getNumEpochs());
    }

    /** The frozen base: its linear layers in NF4 or bf16, all else in bf16. Nothing is frozen when everything trains. */
    double baseBytes() {
        double linear = (double) linearWeightsPerLayer() * config.numHiddenLayers();
        double perLinearWeight = recipe.getMethod().equals("qlora") ? NF4_BYTES_PER_WEIGHT : BF16;
        return isFull() ? parameters() * (double) BF16 : linear * perLinearWeight + (parameters() - linear) * BF16;
    }

    double trainedBytes() {
        return (double) trainable() * BYTES_PER_TRAINED;
    }

    /**
     * With a layer recomputed in the backward pass: each layer's input, one layer's inner tensors, its weights once as
     * bf16, and the logits with their gradient in f32.
     */
    double activationBytes() {
        double tokens = (double) recipe.getMicroBatchSize() * recipe.getSequenceLen();
        double inputs = tokens * config.hiddenSize() * config.numHiddenLayers() * BF16;
        double layer = tokens * (6.0 * config.hiddenSize() + 4.0 * config.intermediateSize()) * F32 + linearWeightsPerLayer() * (double) BF16;
        double logits = tokens * config.vocabSize() * 2.0 * F32;
        return inputs + layer + logits;
    }
}
