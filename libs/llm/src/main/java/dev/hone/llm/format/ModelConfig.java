package dev.hone.llm.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;

/**
 * The part of a model's {@code config.json} that shapes its computation, under the file's own names.
 *
 * @param modelType the family: llama, mistral, qwen2, qwen3, smollm3, phi3, gemma2 or gemma3_text
 * @param headDim width of one attention head
 * @param numKeyValueHeads heads that keys and values have; a divisor of {@code numAttentionHeads}
 * @param initializerRange standard deviation of freshly drawn weights
 * @param traits in what the layers differ from Llama's
 */
public record ModelConfig(
        String modelType,
        int vocabSize,
        int hiddenSize,
        int intermediateSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int numKeyValueHeads,
        int headDim,
        double rmsNormEps,
        int maxPositionEmbeddings,
        boolean tieWordEmbeddings,
        double initializerRange,
        Rope rope,
        ModelTraits traits) {
    public ModelConfig {
        for (int size : new int[] {vocabSize, hiddenSize, intermediateSize, numHiddenLayers, numAttentionHeads, numKeyValueHeads, headDim, maxPositionEmbeddings}) {
            if (size < 1) {
                throw new FormatException("Every size of a model's configuration must be at least 1, found " + size + ".");
            }
        }
        if (numAttentionHeads % numKeyValueHeads != 0) {
            throw new FormatException("num_attention_heads (" + numAttentionHeads + ") must be a multiple of num_key_value_heads (" + numKeyValueHeads + ").");
        }
        if (rope.dimensions(headDim) % 2 != 0) {
            throw new FormatException("The part of a head that is turned must be even, found " + rope.dimensions(headDim) + " of head_dim " + headDim + ".");
        }
        if (traits.layers().size() != numHiddenLayers) {
            throw new FormatException("Expected a kind for each of " + numHiddenLayers + " layers, found " + traits.layers().size() + ".");
        }
    }

    /** A plain Llama. */
    public static ModelConfig llama(int vocabSize, int hiddenSize, int intermediateSize, int numHiddenLayers, int numAttentionHeads, int numKeyValueHeads,
            int headDim, double rmsNormEps, double ropeTheta, int maxPositionEmbeddings, boolean tieWordEmbeddings, double initializerRange) {
        return new ModelConfig("llama", vocabSize, hiddenSize, intermediateSize, numHiddenLayers, numAttentionHeads, numKeyValueHeads, headDim, rmsNormEps,
                maxPositionEmbeddings, tieWordEmbeddings, initializerRange, Rope.plain(ropeTheta), ModelTraits.llama(headDim, numHiddenLayers));
    }

    /**
     * Reads {@code config.json} of a model directory.
     *
     * @throws FormatException if a key is missing, or asks for something this project would compute differently from
     *     the model's authors; the message names the key
     */
    public static ModelConfig load(Path modelDirectory) {
        Path file = modelDirectory.resolve("config.json");
        JsonNode config = Json.read(file);
        return ModelFamily.of(config, file).read(new ConfigReader(config, file));
    }

    /**
     * Writes these values as a {@code config.json} that Transformers reads as LlamaForCausalLM with bf16 weights.
     *
     * @throws IllegalStateException if this is no plain Llama
     */
    public ObjectNode toJson() {
        if (!modelType.equals("llama") || !traits.equals(ModelTraits.llama(headDim, numHiddenLayers)) || !rope.equals(Rope.plain(rope.theta()))) {
            throw new IllegalStateException("Only a plain Llama is written; a " + modelType + "'s config.json is copied from its base model.");
        }
        ObjectNode c = Json.object();
        c.putArray("architectures").add("LlamaForCausalLM");
        c.put("model_type", "llama").put("hidden_act", "silu").put("torch_dtype", "bfloat16");
        c.put("vocab_size", vocabSize).put("hidden_size", hiddenSize).put("intermediate_size", intermediateSize);
        c.put("num_hidden_layers", numHiddenLayers).put("num_attention_heads", numAttentionHeads);
        c.put("num_key_value_heads", numKeyValueHeads).put("head_dim", headDim);
        c.put("rms_norm_eps", rmsNormEps).put("rope_theta", rope.theta()).put("max_position_embeddings", maxPositionEmbeddings);
        c.put("tie_word_embeddings", tieWordEmbeddings).put("initializer_range", initializerRange);
        c.put("attention_bias", false).put("mlp_bias", false);
        return c;
    }
}
