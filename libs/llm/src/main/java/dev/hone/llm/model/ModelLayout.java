package dev.hone.llm.model;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.ModelTraits;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Hugging Face names and shapes of a model's weights, in the order in which the program's list holds them. */
public final class ModelLayout {
    /** Linear modules that a layer can have, numbered as in the program. */
    public static final int LINEARS = 7;

    /** Norms that a layer can have, before its linear modules in the program's list. */
    static final int NORMS = 6;

    private static final List<String> SEPARATE = List.of(
            "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj");
    private static final List<String> FUSED = List.of("self_attn.qkv_proj", "", "", "self_attn.o_proj", "mlp.gate_up_proj", "", "mlp.down_proj");

    private ModelLayout() {}

    /** What a weight is there for. */
    public enum Role {
        NORM, LINEAR, BIAS, EMBEDDING, HEAD
    }

    /**
     * One weight.
     *
     * @param name in the model's files: {@code model.layers.0.self_attn.q_proj.weight}; empty where the program's list has
     *     a place that this model does not fill
     * @param shape [out, in] of a linear module, [n] of a norm or bias
     */
    public record Weight(String name, Role role, long[] shape) {
        /** Whether it is one of the linear modules that LoRA adapts and NF4 stores. */
        public boolean linear() {
            return role == Role.LINEAR;
        }

        public boolean isThere() {
            return !name.isEmpty();
        }

        /** The name without {@code .weight}. */
        public String module() {
            return name.substring(0, name.lastIndexOf('.'));
        }

        public long elements() {
            return shape.length == 1 ? shape[0] : shape[0] * shape[1];
        }
    }

    /** Every weight that the model has, in the program's order. */
    public static List<Weight> weights(ModelConfig config) {
        List<Weight> weights = new ArrayList<>();
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            weights.addAll(layer(config, layer));
        }
        weights.addAll(others(config));
        return weights.stream().filter(Weight::isThere).toList();
    }

    /** A layer's places in the program's list: 6 norms, 7 linear modules, their 7 biases. */
    public static List<Weight> layer(ModelConfig config, int layer) {
        List<Weight> places = new ArrayList<>(norms(config, layer));
        for (int n = 0; n < LINEARS; n++) {
            places.add(linear(config, layer, n).orElse(absent(Role.LINEAR)));
        }
        for (int n = 0; n < LINEARS; n++) {
            places.add(bias(config, layer, n));
        }
        return places;
    }

    /** What follows the layers: final norm, embedding and, unless tied, the head. */
    public static List<Weight> others(ModelConfig config) {
        List<Weight> others = new ArrayList<>();
        others.add(new Weight("model.norm.weight", Role.NORM, new long[] {config.hiddenSize()}));
        others.add(new Weight("model.embed_tokens.weight", Role.EMBEDDING, new long[] {config.vocabSize(), config.hiddenSize()}));
        if (!config.tieWordEmbeddings()) {
            others.add(new Weight("lm_head.weight", Role.HEAD, new long[] {config.vocabSize(), config.hiddenSize()}));
        }
        return others;
    }

    private static List<Weight> norms(ModelConfig config, int layer) {
        ModelTraits traits = config.traits();
        String prefix = "model.layers." + layer + ".";
        long[] width = {config.hiddenSize()};
        long[] head = {config.headDim()};
        boolean post = traits.postNorms();
        return List.of(
                new Weight(prefix + "input_layernorm.weight", Role.NORM, width),
                new Weight(prefix + (post ? "pre_feedforward_layernorm" : "post_attention_layernorm") + ".weight", Role.NORM, width),
                post ? new Weight(prefix + "post_attention_layernorm.weight", Role.NORM, width) : absent(Role.NORM),
                post ? new Weight(prefix + "post_feedforward_layernorm.weight", Role.NORM, width) : absent(Role.NORM),
                traits.queryKeyNorms() ? new Weight(prefix + "self_attn.q_norm.weight", Role.NORM, head) : absent(Role.NORM),
                traits.queryKeyNorms() ? new Weight(prefix + "self_attn.k_norm.weight", Role.NORM, head) : absent(Role.NORM));
    }

    /** Where linear module {@code n} lies in {@link #layer}. */
    public static int placeOfLinear(int n) {
        return NORMS + n;
    }

    /** Where the bias of linear module {@code n} lies in {@link #layer}. */
    public static int placeOfBias(int n) {
        return NORMS + LINEARS + n;
    }

    private static Weight absent(Role role) {
        return new Weight("", role, new long[] {0});
    }

    /** Linear module {@code n} of a layer; empty where another one has taken it in. */
    public static Optional<Weight> linear(ModelConfig config, int layer, int n) {
        String name = (config.traits().fused() ? FUSED : SEPARATE).get(n);
        return name.isEmpty() ? Optional.empty() : Optional.of(new Weight("model.layers." + layer + "." + name + ".weight", Role.LINEAR, shape(config, n)));
    }

    /** The linear modules of a layer, whose number in the program is their place in {@link #linear}. */
    public static List<Weight> linears(ModelConfig config, int layer) {
        return layer(config, layer).stream().filter(w -> w.linear() && w.isThere()).toList();
    }

    private static Weight bias(ModelConfig config, int layer, int n) {
        ModelTraits traits = config.traits();
        boolean has = n < 3 ? traits.queryKeyValueBias() : n == 3 ? traits.outputBias() : traits.feedForwardBias();
        return linear(config, layer, n).filter(w -> has)
                .map(w -> new Weight(w.module() + ".bias", Role.BIAS, new long[] {w.shape()[0]})).orElse(absent(Role.BIAS));
    }

    private static long[] shape(ModelConfig c, int n) {
        long d = c.hiddenSize();
        long f = c.intermediateSize();
        long attention = (long) c.numAttentionHeads() * c.headDim();
        long keys = (long) c.numKeyValueHeads() * c.headDim();
        boolean fused = c.traits().fused();
        return switch (n) {
            case 0 -> new long[] {fused ? attention + 2 * keys : attention, d};
            case 1, 2 -> new long[] {keys, d};
            case 3 -> new long[] {d, attention};
            case 4 -> new long[] {fused ? 2 * f : f, d};
            case 5 -> new long[] {f, d};
            default -> new long[] {d, f};
        };
    }

    /** The last parts of the linear modules' names, in the program's order: q_proj, … */
    public static List<String> linearNames(ModelConfig config) {
        return linears(config, 0).stream().map(w -> w.module().substring(w.module().lastIndexOf('.') + 1)).toList();
    }

    /** All weights of a model, tied ones counted once. */
    public static long parameters(ModelConfig config) {
        return weights(config).stream().mapToLong(Weight::elements).sum();
    }
}
