package dev.hone.llm.train;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.model.Precision;

/** What the graphs of a pass hold on to for the backward pass. */
public final class Activations {
    /** Where a recipe leaves it open, activations of more bytes are computed a second time ... */
    public static final long KEEP_BELOW = 2L << 30;

    /** ... and on a rounded base, where memory is what counts, already of more than this. */
    public static final long KEEP_BELOW_ROUNDED = 512L << 20;

    private Activations() {}

    /**
     * What is left of a limit beside the rounded copies of the layers' weights that graphs hold on to, and int4's masks of what
     * is beyond the largest code.
     */
    static long keepBelow(long limit, ModelConfig config, Precision precision, FakeQuantization fake) {
        if (fake.isNone()) {
            return limit;
        }
        long weights = ModelLayout.weights(config).stream().filter(ModelLayout.Weight::linear).mapToLong(ModelLayout.Weight::elements).sum();
        return limit - weights * ((precision == Precision.F32 ? 4 : 2) + (fake.weightBits() == 4 ? 1 : 0));
    }

    /**
     * Bytes per token of all layers, counted from what the program's block keeps: inputs of the linear modules and of the
     * norms, turned queries and keys, gate and up and their product, and attention's shares.
     *
     * @param longest tokens of the longest document: beyond 1024 the fused attention keeps no shares
     */
    public static long bytesPerToken(ModelConfig config, Precision precision, int longest) {
        long shares = longest <= 1024 ? 3L * config.numAttentionHeads() * longest / 2 : 0;
        long perLayer = 14L * config.hiddenSize() + 5L * config.intermediateSize() + 4L * config.numAttentionHeads() * config.headDim() + shares;
        return perLayer * config.numHiddenLayers() * (precision == Precision.F32 ? 4 : 2);
    }
}
