package dev.hone.llm.estimate;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.Precision;
import dev.hone.llm.train.Activations;
import dev.hone.llm.train.TrainingRecipe;

/**
 * Peak memory from shapes. With P trained parameters, N weights of the linear modules and M others, L layers, n tokens in a
 * micro batch and w bytes of the compute type:
 *
 * <pre>
 * base         N·k + M·w       k: w, 1 (int8) or 4.127/8 (NF4); 0 for full
 * trained      4P, gradients 4P, optimizer 8P (adamw), 2.03P (8-bit), 0 or 4P (sgd without and with momentum)
 * activations  n·(w·D·L + a·(layers + what is in flight)), a one layer's by {@link Activations}; layers = 1 recomputed, L kept
 * working      w·N/L where a rounded base is unpacked layer by layer; w·N·(1/L or 1) of f32 masters cast to bf16
 * logits       max(64, 2²²/V)·V entries
 * </pre>
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
        long kernels = recipe.isNextToken() ? 0 : Costs.KERNELS;
        return new Memory(Costs.RUNTIME + kernels + (double) Costs.HEAP * (shape.largest() + shape.trained()), base(), trained, trained, optimizerBytes() * shape.trained(),
                Costs.ALLOCATOR * activations(), Costs.ALLOCATOR * working(), Costs.ALLOCATOR * logits());
    }

    private double base() {
        if (kind == BaseKind.TRAINED) {
            return 0;
        }
        double scales = kind == BaseKind.INT8 ? (double) shape.linearRows() * Costs.F32 : 0;
        double others = (double) (shape.all() - shape.linear()) * width;
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
        double inputs = (double) Costs.KEPT_INPUT * config.hiddenSize() * config.numHiddenLayers() * width;
        double layers = recomputes() ? 1 : config.numHiddenLayers();
        return tokens * (inputs + keptPerToken() / config.numHiddenLayers() * (layers + Costs.BACKWARD));
    }

    /** Bytes of all layers. */
    private double keptPerToken() {
        return Activations.bytesPerToken(config, Precision.of(recipe.computeDtype()), work.document(recipe));
    }

    /** What the recipe says; else where all layers' activations would be too much. */
    boolean recomputes() {
        if (recipe.gradientCheckpointing() != null) {
            return recipe.gradientCheckpointing();
        }
        boolean rounded = recipe.method().equals("qlora") || recipe.loadIn8bit();
        return work.tokensAtOnce(recipe) * keptPerToken() > (rounded ? Activations.KEEP_BELOW_ROUNDED : Activations.KEEP_BELOW);
    }

    private double working() {
        double layer = (double) shape.linear() * width / config.numHiddenLayers();
        boolean cast = kind == BaseKind.TRAINED && width != Costs.F32;
        double weights = kind.isUnpacked() ? layer : cast ? layer * (recomputes() ? 1 : config.numHiddenLayers()) : 0;
        double gradients = (double) (recipe.isFull() ? shape.linear() : shape.adapters()) / config.numHiddenLayers() * Costs.F32;
        // the cast head, and its gradient before it is added
        double trainedHead = recipe.isFull() || shape.saved() > 0 ? 2.0 * shape.head() * width : 0;
        return weights + gradients + trainedHead;
    }

    private double logits() {
        long rows = Math.max(Costs.LEAST_LOGIT_ROWS, Costs.LOGITS_AT_ONCE / config.vocabSize());
        return (double) Math.min(rows, work.tokensAtOnce(recipe)) * config.vocabSize() * Costs.LOGIT;
    }
}
