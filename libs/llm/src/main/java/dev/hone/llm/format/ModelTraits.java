package dev.hone.llm.format;

import java.util.Collections;
import java.util.List;

/**
 * What makes a family's layers differ from plain Llama's.
 *
 * @param fused whether qkv_proj stands for q, k and v, and gate_up_proj for gate and up
 * @param queryKeyNorms whether queries and keys are normed before they are turned
 * @param postNorms whether attention's and the feed-forward's outputs are normed before they are added
 * @param normAddsOne whether a norm multiplies by 1 + its weight, in f32
 * @param gelu GELU by tanh instead of SiLU in the feed-forward
 * @param attentionScale what scores are multiplied by
 * @param attentionCap scores s become cap·tanh(s / cap); 0: they stay
 * @param logitCap the same for logits
 * @param embeddingScale what embeddings are multiplied by
 * @param slidingWindow tokens that a sliding layer sees, the token itself counted; 0: none slides
 * @param layers in order
 */
public record ModelTraits(
        boolean fused,
        boolean queryKeyValueBias,
        boolean outputBias,
        boolean feedForwardBias,
        boolean queryKeyNorms,
        boolean postNorms,
        boolean normAddsOne,
        boolean gelu,
        double attentionScale,
        double attentionCap,
        double logitCap,
        double embeddingScale,
        int slidingWindow,
        List<Layer> layers) {
    /** The angles by which a layer's queries and keys are turned. */
    public enum Turn {
        GLOBAL, LOCAL, NONE
    }

    /** @param slides whether it sees the last tokens only */
    public record Layer(boolean slides, Turn turn) {
        static final Layer PLAIN = new Layer(false, Turn.GLOBAL);
    }

    public ModelTraits {
        layers = List.copyOf(layers);
    }

    /** Llama's: no biases, two norms a layer, every layer sees everything. */
    public static ModelTraits llama(int headDim, int numHiddenLayers) {
        return new ModelTraits(false, false, false, false, false, false, false, false, 1 / Math.sqrt(headDim), 0, 0, 1, 0, Collections.nCopies(numHiddenLayers, Layer.PLAIN));
    }

    ModelTraits withFused() {
        return new ModelTraits(true, queryKeyValueBias, outputBias, feedForwardBias, queryKeyNorms, postNorms, normAddsOne, gelu, attentionScale, attentionCap, logitCap, embeddingScale, slidingWindow, layers);
    }

    ModelTraits withBiases(boolean queryKeyValue, boolean output, boolean feedForward) {
        return new ModelTraits(fused, queryKeyValue, output, feedForward, queryKeyNorms, postNorms, normAddsOne, gelu, attentionScale, attentionCap, logitCap, embeddingScale, slidingWindow, layers);
    }

    ModelTraits withQueryKeyNorms() {
        return new ModelTraits(fused, queryKeyValueBias, outputBias, feedForwardBias, true, postNorms, normAddsOne, gelu, attentionScale, attentionCap, logitCap, embeddingScale, slidingWindow, layers);
    }

    /** Gemma's: four norms of 1 + weight, GELU, scaled embeddings. */
    ModelTraits withGemma(double scale, double cap, double finalCap, int hiddenSize) {
        return new ModelTraits(fused, queryKeyValueBias, outputBias, feedForwardBias, queryKeyNorms, true, true, true, scale, cap, finalCap, Math.sqrt(hiddenSize), slidingWindow, layers);
    }

    /** @param window 0 where no layer slides */
    ModelTraits withLayers(int window, List<Layer> kinds) {
        return new ModelTraits(fused, queryKeyValueBias, outputBias, feedForwardBias, queryKeyNorms, postNorms, normAddsOne, gelu, attentionScale, attentionCap, logitCap, embeddingScale, window, kinds);
    }
}
