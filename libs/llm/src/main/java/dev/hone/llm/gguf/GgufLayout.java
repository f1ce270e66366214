package dev.hone.llm.gguf;

import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.ModelLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where a model's weights lie in a file: ggml's names for Hugging Face's, and in what the values differ. llama.cpp turns
 * neighbouring values of a head where Hugging Face turns the halves, so a Llama's query and key rows are reordered; a norm of
 * 1 + weight is stored with the 1; and where llama.cpp fixes the scale of a Gemma's scores by its size, the rest is multiplied
 * into the queries.
 *
 * @see <a href="https://github.com/ggml-org/llama.cpp/blob/master/gguf-py/gguf/tensor_mapping.py">tensor_mapping.py</a>
 */
final class GgufLayout {
    private static final String LAYERS = "model.layers.";
    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("self_attn.q_proj", "attn_q"), Map.entry("self_attn.k_proj", "attn_k"), Map.entry("self_attn.v_proj", "attn_v"),
            Map.entry("self_attn.o_proj", "attn_output"), Map.entry("self_attn.qkv_proj", "attn_qkv"), Map.entry("self_attn.q_norm", "attn_q_norm"),
            Map.entry("self_attn.k_norm", "attn_k_norm"), Map.entry("mlp.gate_proj", "ffn_gate"), Map.entry("mlp.up_proj", "ffn_up"),
            Map.entry("mlp.gate_up_proj", "ffn_up"), Map.entry("mlp.down_proj", "ffn_down"), Map.entry("input_layernorm", "attn_norm"),
            Map.entry("pre_feedforward_layernorm", "ffn_norm"), Map.entry("post_feedforward_layernorm", "post_ffw_norm"));
    private static final Set<String> REORDERED = Set.of("llama", "mistral", "smollm3");

    private final ModelConfig config;

    GgufLayout(ModelConfig config) {
        this.config = config;
    }

    enum Role {
        EMBEDDING, HEAD, VALUES, DOWN, OTHER
    }

    /**
     * One weight in both worlds.
     *
     * @param name in a GGUF file
     * @param source in a Hugging Face directory
     * @param layer −1 outside of layers
     * @param heads whose rows are reordered; 0: rows stay
     * @param plus what is added to each value
     * @param times what each value is multiplied by after that
     */
    record Place(String name, String source, Role role, long[] shape, int layer, int heads, float plus, float times) {
        int columns() {
            return Math.toIntExact(shape[shape.length - 1]);
        }

        List<Long> sizes() {
            return java.util.Arrays.stream(shape).boxed().toList();
        }

        /** Values as a GGUF file has them; {@code values} may be changed. */
        float[] inFile(float[] values) {
            for (int i = 0; (plus != 0 || times != 1) && i < values.length; i++) {
                values[i] = (values[i] + plus) * times;
            }
            return heads == 0 ? values : reordered(values, true);
        }

        /** Values as a Hugging Face directory has them. */
        float[] inModel(float[] values) {
            for (int i = 0; (plus != 0 || times != 1) && i < values.length; i++) {
                values[i] = values[i] / times - plus;
            }
            return heads == 0 ? values : reordered(values, false);
        }

        /** Row i of a head's first half and row i of its second half become rows 2i and 2i + 1. */
        private float[] reordered(float[] values, boolean toFile) {
            int columns = shape.length == 1 ? 1 : columns();
            int rows = values.length / columns;
            int width = rows / heads;
            float[] result = new float[values.length];
            for (int row = 0; row < rows; row++) {
                int head = row / width * width;
                int within = row % width;
                int other = head + (toFile ? within % 2 * (width / 2) + within / 2 : within % (width / 2) * 2 + within / (width / 2));
                System.arraycopy(values, other * columns, result, row * columns, columns);
            }
            return result;
        }
    }

    /** Every weight, in a file's order. */
    List<Place> places() {
        List<Place> places = new ArrayList<>();
        List<ModelLayout.Weight> others = ModelLayout.others(config);
        others.forEach(weight -> places.add(outside(weight)));
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            for (ModelLayout.Weight weight : ModelLayout.layer(config, layer)) {
                if (weight.isThere()) {
                    places.add(inLayer(weight, layer));
                }
            }
        }
        return places;
    }

    private Place outside(ModelLayout.Weight weight) {
        return switch (weight.role()) {
            case EMBEDDING -> new Place("token_embd.weight", weight.name(), Role.EMBEDDING, weight.shape(), -1, 0, 0, 1);
            case HEAD -> new Place("output.weight", weight.name(), Role.HEAD, weight.shape(), -1, 0, 0, 1);
            default -> new Place("output_norm.weight", weight.name(), Role.OTHER, weight.shape(), -1, 0, plus(weight), 1);
        };
    }

    private Place inLayer(ModelLayout.Weight weight, int layer) {
        String module = weight.module().substring((LAYERS + layer + ".").length());
        String name = module.equals("post_attention_layernorm") ? (config.traits().postNorms() ? "post_attention_norm" : "ffn_norm") : NAMES.get(module);
        if (name == null) {
            throw new FormatException("Expected a weight that llama.cpp has a name for, found " + weight.name() + ".");
        }
        String end = weight.name().substring(weight.name().lastIndexOf('.'));
        Role role = weight.shape().length == 1 ? Role.OTHER : switch (name) {
            case "attn_v", "attn_qkv" -> Role.VALUES;
            case "ffn_down" -> Role.DOWN;
            default -> Role.OTHER;
        };
        return new Place("blk." + layer + "." + name + end, weight.name(), role, weight.shape(), layer, heads(name), plus(weight), times(name));
    }

    private int heads(String name) {
        if (!REORDERED.contains(config.modelType())) {
            return 0;
        }
        return name.equals("attn_q") ? config.numAttentionHeads() : name.equals("attn_k") ? config.numKeyValueHeads() : 0;
    }

    private float plus(ModelLayout.Weight weight) {
        return config.traits().normAddsOne() && weight.role() == ModelLayout.Role.NORM ? 1 : 0;
    }

    private float times(String name) {
        String queries = config.traits().queryKeyNorms() ? "attn_q_norm" : "attn_q";
        return name.equals(queries) ? (float) (config.traits().attentionScale() / fixedScale()) : 1;
    }

    /** What llama.cpp multiplies scores by, whatever a file says. */
    private double fixedScale() {
        boolean largest = config.modelType().equals("gemma2") && config.numHiddenLayers() == 46 || config.modelType().equals("gemma3_text") && config.numHiddenLayers() == 62;
        return 1 / Math.sqrt(largest ? config.hiddenSize() / config.numAttentionHeads() : config.headDim());
    }
}
