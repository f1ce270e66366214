package dev.hone.llm.estimate;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.train.TrainingRecipe;

/**
 * Peak memory from shapes. With P trained parameters, N weights of the linear modules and M others, L layers, n tokens in a
 * micro batch and w bytes of the compute type:
 *
 * <pre>
 * base         N·k + M·w       k: w, 1 (int8) or 4.127/8 (NF4); 0 for full
 * trained      4P, gradients 4P, optimizer 8P (adamw), 2.03P (8-bit), 0 or 4P (sgd without and with momentum)
 * activations  n·w·(inputs·L + layers·one layer), layers = 1 recomputed and L kept
 * working      w·N·(1/L or 1) where the stored form is not the compute type's, and what dequantizes one matrix
 * logits       max(64, 2²²/V)·V entries
 * </pre>
 *
 * A layer's activations per token are the tensors that autograd keeps of {@code block} in {@code decoder.torchscript}.
 */
final class MemoryModel {
    private final ModelConfig config;
    private final TrainingRecipe recipe;
    private final Workload work;
    private final Shape shape;
    private final BaseKind kind;
    private final int width;

    MemoryModel(ModelConfig config, TrainingRecipe recipe, Workload work, Shape shape) {
        this.config = config;
        this.recipe = recipe;
        this.work = work;
        this.shape = shape;
        this.kind = BaseKind.of(recipe, shape.linear() * Costs.BF16);
        this.width = recipe.computeDtype().equals("f32") ? Costs.F32 : Costs.BF16;
    }

    Memory memory() {
        double trained = (double) shape.trained() * Costs.F32;
        return new Memory(Costs.RUNTIME + (double) Costs.LOADING * shape.largest(), base(), trained, trained, optimizerBytes() * shape.trained(),
                Costs.ALLOCATOR * activations(), Costs.ALLOCATOR * working(), Costs.ALLOCATOR * logits());
    }

    private double base() {
        if (kind == BaseKind.TRAINED) {
            return 0;
        }
        double scales = kind == BaseKind.INT8 ? (double) shape.linearRows() * Costs.F32 : 0;
        double others = (double) (shape.all() - shape.linear() - shape.saved()) * width;
        return shape.linear() * kind.bytesPerWeight(width) + scales + others;
    }

    /** Bytes of the optimizer's state for one parameter. */
    private double optimizerBytes() {
        return switch (recipe.optimizer()) {
            case "sgd" -> recipe.sgdMomentum() > 0 ? Costs.MOMENTUM : 0;
            case "adamw_8bit", "paged_adamw_8bit" -> Costs.ADAMW_8BIT;
            default -> Costs.ADAMW;
        };
    }

    private double activations() {
        double tokens = work.tokensAtOnce(recipe);
        double inputs = (double) Costs.KEPT_INPUT * config.hiddenSize() * config.numHiddenLayers();
        double layers = recomputes() ? 1 : config.numHiddenLayers();
        return tokens * width * (inputs + layer() * (layers + Costs.BACKWARD));
    }

    /** Elements that one token leaves behind in one layer. */
    private double layer() {
        double queries = (double) config.numAttentionHeads() * config.headDim();
        double keys = (double) config.numKeyValueHeads() * config.headDim();
        int looked = work.sequence(recipe);
        double scores = looked <= Costs.SCORES_WRITTEN_OUT ? (double) Costs.KEPT_SCORES * config.numAttentionHeads() * looked : 0;
        return (double) Costs.KEPT_HIDDEN * config.hiddenSize() + Costs.KEPT_QUERY * queries + Costs.KEPT_KEY * keys
                + (double) Costs.KEPT_FEED_FORWARD * config.intermediateSize() + scores;
    }

    /** What the recipe says; else where all layers' dequantized weights or activations would be too much. */
    boolean recomputes() {
        if (recipe.gradientCheckpointing() != null) {
            return recipe.gradientCheckpointing();
        }
        return kind == BaseKind.NF4 || kind == BaseKind.INT8
                || work.tokensAtOnce(recipe) * width * layer() * config.numHiddenLayers() > Costs.KEEP_ACTIVATIONS_BELOW;
    }

    private double working() {
        double converted = kind.isConverted(width) ? (double) shape.linear() * width / (recomputes() ? config.numHiddenLayers() : 1) : 0;
        double dequantizing = kind == BaseKind.NF4 ? Costs.DEQUANTIZING * shape.largestLinear() : 0;
        double gradients = (double) (recipe.isFull() ? shape.linear() : shape.adapters()) / config.numHiddenLayers() * Costs.F32;
        double trainedHead = recipe.isFull() || shape.saved() > 0 ? (double) shape.head() * (width + Costs.F32) : 0;
        return converted + dequantizing + gradients + trainedHead;
    }

    private double logits() {
        long rows = Math.max(Costs.LEAST_LOGIT_ROWS, Costs.LOGITS_AT_ONCE / config.vocabSize());
        return (double) Math.min(rows, work.tokensAtOnce(recipe)) * config.vocabSize() * Costs.LOGIT;
    }
}
