package dev.hone.llm.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;

/**
 * The part of a Llama model's {@code config.json} that shapes its computation, under the file's own names.
 *
 * @param headDim width of one attention head; {@code hiddenSize / numAttentionHeads} where the file gives none
 * @param numKeyValueHeads heads that keys and values have; a divisor of {@code numAttentionHeads}
 * @param ropeTheta base of the rotary embedding's frequencies
 * @param initializerRange standard deviation of freshly drawn weights
 */
public record ModelConfig(
        int vocabSize,
        int hiddenSize,
        int intermediateSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int numKeyValueHeads,
        int headDim,
        double rmsNormEps,
        double ropeTheta,
        int maxPositionEmbeddings,
        boolean tieWordEmbeddings,
        double initializerRange) {
    public ModelConfig {
        for (int size : new int[] {vocabSize, hiddenSize, intermediateSize, numHiddenLayers, numAttentionHeads, numKeyValueHeads, headDim, maxPositionEmbeddings}) {
            if (size < 1) {
                throw new FormatException("Every size of a Llama configuration must be at least 1, found " + size + ".");
            }
        }
        if (numAttentionHeads % numKeyValueHeads != 0) {
            throw new FormatException("num_attention_heads (" + numAttentionHeads + ") must be a multiple of num_key_value_heads (" + numKeyValueHeads + ").");
        }
        if (headDim % 2 != 0) {
            throw new FormatException("head_dim must be even for rotary embeddings, found " + headDim + ".");
        }
    }

    /**
     * Reads {@code config.json} of a model directory.
     *
     * @throws FormatException if a key is missing, or asks for something this project would compute differently from
     *     the model's authors; the message names the key
     */
    public static ModelConfig load(Path modelDirectory) {
        Path file = modelDirectory.resolve("config.json");
        JsonNode c = Json.read(file);
        refuseWhatWouldBeComputedDifferently(c, file);
        int hidden = required(c, "hidden_size", file);
        int heads = required(c, "num_attention_heads", file);
        return new ModelConfig(
                required(c, "vocab_size", file),
                hidden,
                required(c, "intermediate_size", file),
                required(c, "num_hidden_layers", file),
                heads,
                c.path("num_key_value_heads").asInt(heads),
                c.path("head_dim").asInt(hidden / heads),
                c.path("rms_norm_eps").asDouble(1e-6),
                c.path("rope_theta").asDouble(c.path("rope_parameters").path("rope_theta").asDouble(10000)),
                c.path("max_position_embeddings").asInt(2048),
                c.path("tie_word_embeddings").asBoolean(false),
                c.path("initializer_range").asDouble(0.02));
    }

    private static void refuseWhatWouldBeComputedDifferently(JsonNode c, Path file) {
        expect(c, file, "model_type", "llama");
        expect(c, file, "hidden_act", "silu");
        for (String bias : List.of("attention_bias", "mlp_bias")) {
            if (c.path(bias).asBoolean(false)) {
                throw refused(file, bias, "true", "Hone's Llama has no biases");
            }
        }
        for (String rope : List.of("rope_scaling", "rope_parameters")) {
            JsonNode scaling = c.path(rope);
            String type = scaling.path("rope_type").asText(scaling.path("type").asText("default"));
            if (scaling.isObject() && !type.equals("default")) {
                throw refused(file, rope, type, "Hone computes unscaled rotary embeddings only");
            }
        }
    }

    private static void expect(JsonNode c, Path file, String key, String value) {
        if (c.hasNonNull(key) && !c.path(key).asText().equals(value)) {
            throw refused(file, key, c.path(key).asText(), "Hone runs '" + value + "' only");
        }
    }

    private static FormatException refused(Path file, String key, String found, String reason) {
        return new FormatException("Cannot run this model faithfully: " + file + " sets " + key + " to '" + found + "'; " + reason + ". Choose another base model.");
    }

    private static int required(JsonNode c, String key, Path file) {
        if (!c.path(key).isIntegralNumber()) {
            throw new FormatException("Expected a whole number under " + key + " in " + file + ", found " + (c.has(key) ? c.get(key) : "nothing") + ".");
        }
        return c.get(key).asInt();
    }

    /** Writes these values as a {@code config.json} that Transformers reads as LlamaForCausalLM with bf16 weights. */
    public ObjectNode toJson() {
        ObjectNode c = Json.object();
        c.putArray("architectures").add("LlamaForCausalLM");
        c.put("model_type", "llama").put("hidden_act", "silu").put("torch_dtype", "bfloat16");
        c.put("vocab_size", vocabSize).put("hidden_size", hiddenSize).put("intermediate_size", intermediateSize);
        c.put("num_hidden_layers", numHiddenLayers).put("num_attention_heads", numAttentionHeads);
        c.put("num_key_value_heads", numKeyValueHeads).put("head_dim", headDim);
        c.put("rms_norm_eps", rmsNormEps).put("rope_theta", ropeTheta).put("max_position_embeddings", maxPositionEmbeddings);
        c.put("tie_word_embeddings", tieWordEmbeddings).put("initializer_range", initializerRange);
        c.put("attention_bias", false).put("mlp_bias", false);
        return c;
    }
}
