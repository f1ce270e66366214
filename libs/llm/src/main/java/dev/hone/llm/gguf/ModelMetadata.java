package dev.hone.llm.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.ModelTraits.Layer;
import dev.hone.llm.format.ModelTraits.Turn;
import dev.hone.llm.format.Rope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What llama.cpp wants to know of a model, under its keys, and what of the model it cannot be told: that which is wrong from
 * the first token on is refused, that which is wrong beyond some length of text is noted.
 *
 * @see <a href="https://github.com/ggml-org/llama.cpp/tree/master/conversion">llama.cpp's converters, one a family</a>
 */
final class ModelMetadata {
    private static final int QUANTIZATION_VERSION = 2;
    private static final int SMOLLM3_INTERVAL = 4;

    private final ModelConfig config;
    private final List<String> notes;
    private final String architecture;
    private final Map<String, GgufValue> values = new LinkedHashMap<>();

    private ModelMetadata(ModelConfig config, List<String> notes) {
        this.config = config;
        this.notes = notes;
        this.architecture = switch (config.modelType()) {
            case "mistral" -> "llama";
            case "gemma3_text" -> "gemma3";
            default -> config.modelType();
        };
    }

    /**
     * @param json the whole config.json, for what {@code config} leaves out
     * @param notes gets what a user of the file should know
     * @throws FormatException if llama.cpp would compute something else than the model
     */
    static Map<String, GgufValue> of(ModelConfig config, JsonNode json, String name, FileType type, List<String> notes) {
        ModelMetadata metadata = new ModelMetadata(config, notes);
        metadata.requireExpressible();
        metadata.general(name, type);
        metadata.sizes();
        metadata.rope(json);
        metadata.attention();
        return metadata.values;
    }

    private void general(String name, FileType type) {
        values.put("general.architecture", new GgufValue.Text(architecture));
        values.put("general.type", new GgufValue.Text("model"));
        values.put("general.name", new GgufValue.Text(name));
        values.put("general.file_type", new GgufValue.Count(type.id()));
        values.put("general.quantization_version", new GgufValue.Count(QUANTIZATION_VERSION));
    }

    private void count(String key, int value) {
        values.put(architecture + "." + key, new GgufValue.Count(value));
    }

    private void real(String key, double value) {
        values.put(architecture + "." + key, new GgufValue.Real((float) value));
    }

    private void sizes() {
        count("vocab_size", config.vocabSize());
        count("context_length", config.maxPositionEmbeddings());
        count("embedding_length", config.hiddenSize());
        count("block_count", config.numHiddenLayers());
        count("feed_forward_length", config.intermediateSize());
        count("attention.head_count", config.numAttentionHeads());
        count("attention.head_count_kv", config.numKeyValueHeads());
        count("attention.key_length", config.headDim());
        count("attention.value_length", config.headDim());
        real("attention.layer_norm_rms_epsilon", config.rmsNormEps());
    }

    private void rope(JsonNode json) {
        Rope rope = config.rope();
        count("rope.dimension_count", rope.dimensions(config.headDim()));
        real("rope.freq_base", rope.theta());
        if (rope.hasLocal()) {
            real("rope.freq_base_swa", rope.localTheta());
        }
        if (rope.scaling() instanceof Rope.Scaling.Linear linear) {
            values.put(architecture + ".rope.scaling.type", new GgufValue.Text("linear"));
            real("rope.scaling.factor", linear.factor());
        }
        if (architecture.equals("phi3")) {
            count("rope.scaling.original_context_length", json.path("original_max_position_embeddings").asInt(config.maxPositionEmbeddings()));
        }
    }

    private void attention() {
        if (architecture.equals("gemma2")) {
            real("attn_logit_softcapping", config.traits().attentionCap());
        }
        if (config.traits().logitCap() != 0) {
            real("final_logit_softcapping", config.traits().logitCap());
        }
        int window = config.traits().layers().stream().anyMatch(Layer::slides) ? config.traits().slidingWindow() : 0;
        if (architecture.equals("phi3") || window > 0) {
            count("attention.sliding_window", window);
        }
        if (window == 0) {
            return;
        }
        if (architecture.startsWith("gemma")) {
            pattern();
        } else {
            notes.add("llama.cpp does not limit attention to this family's sliding window: answers differ from the model's beyond " + window + " tokens.");
        }
    }

    /** Which layers slide, where it is not what llama.cpp takes for granted. */
    private void pattern() {
        int every = architecture.equals("gemma2") ? 2 : 6;
        List<Layer> layers = config.traits().layers();
        boolean[] slides = new boolean[layers.size()];
        boolean usual = true;
        for (int layer = 0; layer < slides.length; layer++) {
            slides[layer] = layers.get(layer).slides();
            usual &= slides[layer] == (layer % every < every - 1);
        }
        if (!usual) {
            values.put(architecture + ".attention.sliding_window_pattern", new GgufValue.Flags(slides));
            notes.add("Which layers slide is written layer by layer (attention.sliding_window_pattern), which older readers ignore.");
        }
    }

    private void requireExpressible() {
        boolean llama3 = config.rope().scaling() instanceof Rope.Scaling.Llama3;
        require(!llama3 || architecture.equals("llama"), "rope_scaling of the type llama3", "llama.cpp reads it for Llama and Mistral only");
        require(!architecture.equals("gemma2") || config.traits().attentionCap() > 0 && config.traits().logitCap() > 0, "no cap on its logits", "llama.cpp's Gemma 2 always caps");
        require(!architecture.equals("gemma2") || config.tieWordEmbeddings(), "a head of its own", "llama.cpp's Gemma 2 always uses the embedding");
        require(!hasBiasesBeyond(), "biases in config.json", "llama.cpp reads these for Llama and Qwen only");
        for (int layer = 0; architecture.equals("smollm3") && layer < config.numHiddenLayers(); layer++) {
            boolean turns = config.traits().layers().get(layer).turn() != Turn.NONE;
            require(turns == ((layer + 1) % SMOLLM3_INTERVAL != 0), "no_rope_layers other than every fourth", "llama.cpp leaves out exactly every fourth");
        }
    }

    private boolean hasBiasesBeyond() {
        return switch (architecture) {
            case "llama" -> false;
            case "qwen2", "qwen3", "smollm3", "gemma2", "gemma3" -> config.traits().outputBias() || config.traits().feedForwardBias();
            default -> config.traits().queryKeyValueBias() || config.traits().outputBias() || config.traits().feedForwardBias();
        };
    }

    private static void require(boolean condition, String found, String reason) {
        if (!condition) {
            throw new FormatException("This model cannot be written as GGUF faithfully: it has " + found + ", and " + reason + ". Export it as safetensors.");
        }
    }
}
