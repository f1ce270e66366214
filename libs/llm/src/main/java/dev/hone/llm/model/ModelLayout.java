package dev.hone.llm.model;

import dev.hone.llm.format.ModelConfig;
import java.util.ArrayList;
import java.util.List;

/** Hugging Face names and shapes of a Llama's weights, in the order in which the program's list holds them. */
public final class ModelLayout {
    /** A layer's linear modules, numbered as in the program. */
    public static final List<String> LINEARS = List.of(
            "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj");

    private static final List<String> NORMS = List.of("input_layernorm", "post_attention_layernorm");

    private ModelLayout() {}

    /** Name and shape of one weight. */
    public record Weight(String name, long[] shape) {
        /** Whether it is one of the linear modules that LoRA adapts and NF4 stores. */
        public boolean linear() {
            return name.endsWith("_proj.weight");
        }

        public long elements() {
            return shape.length == 1 ? shape[0] : shape[0] * shape[1];
        }
    }

    /** Every weight of the model, in the program's order. */
    public static List<Weight> weights(ModelConfig config) {
        List<Weight> weights = new ArrayList<>();
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            for (String norm : NORMS) {
                weights.add(new Weight("model.layers." + layer + "." + norm + ".weight", new long[] {config.hiddenSize()}));
            }
            for (int n = 0; n < LINEARS.size(); n++) {
                weights.add(new Weight(linear(layer, n) + ".weight", linearShape(config, n)));
            }
        }
        weights.add(new Weight("model.norm.weight", new long[] {config.hiddenSize()}));
        weights.add(new Weight("model.embed_tokens.weight", new long[] {config.vocabSize(), config.hiddenSize()}));
        if (!config.tieWordEmbeddings()) {
            weights.add(new Weight("lm_head.weight", new long[] {config.vocabSize(), config.hiddenSize()}));
        }
        return List.copyOf(weights);
    }

    /** {@code model.layers.3.self_attn.q_proj}, without {@code .weight}. */
    public static String linear(int layer, int n) {
        return "model.layers." + layer + "." + LINEARS.get(n);
    }

    /** {@code [out, in]} of linear number {@code n} of any layer. */
    public static long[] linearShape(ModelConfig c, int n) {
        long d = c.hiddenSize();
        long f = c.intermediateSize();
        long attention = (long) c.numAttentionHeads() * c.headDim();
        long keys = (long) c.numKeyValueHeads() * c.headDim();
        return switch (n) {
            case 0 -> new long[] {attention, d};
            case 1, 2 -> new long[] {keys, d};
            case 3 -> new long[] {d, attention};
            case 4, 5 -> new long[] {f, d};
            case 6 -> new long[] {d, f};
            default -> throw new IllegalArgumentException("A layer has the linear modules 0 to 6, asked for " + n + ".");
        };
    }

    /** All weights of a model, tied ones counted once. */
    public static long parameters(ModelConfig config) {
        return weights(config).stream().mapToLong(Weight::elements).sum();
    }
}
