package dev.hone.llm.train;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.Precision;

/** What the graphs of a pass hold on to for the backward pass. */
public final class Activations {
    private Activations() {}

    /**
     * Bytes per token of all layers, counted from what the program's block keeps: inputs of the linear modules and of the
     * norms, turned queries and keys, gate and up and their product, and attention's shares.
     *
     * @param longest tokens of the longest document: beyond 1024 the fused attention keeps no shares
     */
    public static long bytesPerToken(ModelConfig config, Precision precision, int longest) {
        long shares = longest <= 1024 ? 2L * config.numAttentionHeads() * longest : 0;
        long perLayer = 14L * config.hiddenSize() + 5L * config.intermediateSize() + 4L * config.numAttentionHeads() * config.headDim() + shares;
        return perLayer * config.numHiddenLayers() * (precision == Precision.F32 ? 4 : 2);
    }
}
