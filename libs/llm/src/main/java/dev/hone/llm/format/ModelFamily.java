package dev.hone.llm.format;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.llm.format.ModelTraits.Layer;
import dev.hone.llm.format.ModelTraits.Turn;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The families of models that Hone computes, and how each one's {@code config.json} is to be read. Defaults for absent
 * keys are Transformers' own; golden files hold every family to it.
 */
enum ModelFamily {
    LLAMA, MISTRAL, QWEN2, QWEN3, SMOLLM3, PHI3, GEMMA2, GEMMA3_TEXT;

    /** Sizes that a file may leave out. */
    private record Defaults(int keyValueHeads, int headDim, double theta, boolean tied, double eps) {}

    static ModelFamily of(JsonNode config, Path file) {
        String type = config.path("model_type").asText("llama");
        return Arrays.stream(values()).filter(family -> family.modelType().equals(type)).findFirst().orElseThrow(() -> new FormatException(
                "Cannot run this model faithfully: " + file + " sets model_type to \"" + type + "\"; Hone knows "
                        + Arrays.stream(values()).map(ModelFamily::modelType).collect(Collectors.joining(", ")) + ". Choose another base model."));
    }

    String modelType() {
        return name().toLowerCase(Locale.ROOT);
    }

    ModelConfig read(ConfigReader c) {
        c.node("model_type");
        int heads = c.required("num_attention_heads");
        int hidden = c.required("hidden_size");
        int layers = c.required("num_hidden_layers");
        Defaults absent = defaults(heads, hidden / heads);
        int headDim = c.integer("head_dim", absent.headDim);
        Rope rope = rope(c, absent.theta);
        ModelTraits traits = traits(c, ModelTraits.llama(headDim, layers), hidden, layers);
        for (String dropout : List.of("attention_dropout", "resid_pdrop", "embd_pdrop")) {
            if (c.decimal(dropout, 0) != 0) {
                throw c.refused(dropout, "Hone's dropout is in adapters only");
            }
        }
        ModelConfig config = new ModelConfig(modelType(), c.required("vocab_size"), hidden, c.required("intermediate_size"), layers, heads,
                c.integer("num_key_value_heads", c.node("num_key_value_heads").isNull() ? heads : absent.keyValueHeads), headDim, c.decimal("rms_norm_eps", absent.eps), c.integer("max_position_embeddings", 2048),
                c.flag("tie_word_embeddings", absent.tied), c.decimal("initializer_range", 0.02), rope, traits);
        c.refuseUnknown();
        return config;
    }

    private Defaults defaults(int heads, int width) {
        return switch (this) {
            case LLAMA -> new Defaults(heads, width, 1e4, false, 1e-6);
            case MISTRAL -> new Defaults(8, width, 1e4, false, 1e-6);
            case QWEN2 -> new Defaults(32, width, 1e4, false, 1e-6);
            case QWEN3 -> new Defaults(32, 128, 1e4, false, 1e-6);
            case SMOLLM3 -> new Defaults(4, width, 2e6, true, 1e-6);
            case PHI3 -> new Defaults(heads, width, 1e4, false, 1e-5);
            case GEMMA2 -> new Defaults(4, 256, 1e4, true, 1e-6);
            case GEMMA3_TEXT -> new Defaults(4, 256, 1e6, true, 1e-6);
        };
    }

    private Rope rope(ConfigReader c, double defaultTheta) {
        Rope rope = Rope.read(c, defaultTheta);
        if (this != PHI3 && rope.share() != 1) {
            throw c.refused("partial_rotary_factor", "Hone turns a part of a head in phi3 only");
        }
        if (this == GEMMA3_TEXT) {
            double nested = c.node("rope_parameters").path("sliding_attention").path("rope_theta").asDouble(1e4);
            return rope.withLocal(c.decimal("rope_local_base_freq", nested));
        }
        return rope;
    }

    private ModelTraits traits(ConfigReader c, ModelTraits plain, int hidden, int layers) {
        if (this == GEMMA2 || this == GEMMA3_TEXT) {
            return gemma(c, plain, hidden, layers);
        }
        c.expect("hidden_act", "silu");
        return switch (this) {
            case LLAMA -> attentionBias(c, plain, c.flag("mlp_bias", false));
            case MISTRAL -> allSlide(plain, c.node("sliding_window").isMissingNode() ? 4096 : c.integer("sliding_window", 0), layers);
            case QWEN2 -> sliding(c, plain.withBiases(true, false, false), layers, layer -> layer >= c.integer("max_window_layers", 28));
            case QWEN3 -> sliding(c, attentionBias(c, plain, false).withQueryKeyNorms(), layers, layer -> layer >= c.integer("max_window_layers", 28));
            case SMOLLM3 -> smollm3(c, attentionBias(c, plain, c.flag("mlp_bias", false)), layers);
            case PHI3 -> allSlide(plain.withFused(), c.integer("sliding_window", 0), layers);
            default -> throw new IllegalStateException(name());
        };
    }

    private static ModelTraits attentionBias(ConfigReader c, ModelTraits plain, boolean feedForward) {
        boolean attention = c.flag("attention_bias", false);
        return plain.withBiases(attention, attention, feedForward);
    }

    private static ModelTraits allSlide(ModelTraits plain, int window, int layers) {
        return plain.withLayers(window, Collections.nCopies(layers, new Layer(window > 0, Turn.GLOBAL)));
    }

    /** Layers slide where layer_types says so, or else where {@code slides} does, and only if the model uses its window at all. */
    private static ModelTraits sliding(ConfigReader c, ModelTraits plain, int layers, IntPredicate slides) {
        int window = c.integer("sliding_window", 4096);
        List<String> types = types(c, layers, slides);
        if (!c.flag("use_sliding_window", false)) {
            // Transformers leaves layer_types in place there, and what a sliding layer without a window does is not defined
            if (c.node("layer_types").isArray() && types.contains("sliding_attention")) {
                throw c.refused("layer_types", "its layers slide while use_sliding_window is false");
            }
            return plain;
        }
        return plain.withLayers(window, types.stream().map(type -> new Layer(type.equals("sliding_attention"), Turn.GLOBAL)).toList());
    }

    private static List<String> types(ConfigReader c, int layers, IntPredicate slides) {
        List<String> types = c.texts("layer_types").orElseGet(() -> IntStream.range(0, layers)
                .mapToObj(layer -> slides.test(layer) ? "sliding_attention" : "full_attention").toList());
        if (types.size() != layers || types.stream().anyMatch(type -> !type.equals("sliding_attention") && !type.equals("full_attention"))) {
            throw c.refused("layer_types", "Hone expects full_attention or sliding_attention for each of " + layers + " layers");
        }
        return types;
    }

    /** A 0 in no_rope_layers marks a layer whose queries and keys are not turned. */
    private static ModelTraits smollm3(ConfigReader c, ModelTraits plain, int layers) {
        int interval = c.integer("no_rope_layer_interval", 4);
        List<Turn> turns = c.texts("no_rope_layers").filter(list -> !list.isEmpty())
                .map(list -> list.stream().map(flag -> flag.equals("0") ? Turn.NONE : Turn.GLOBAL).toList())
                .orElseGet(() -> IntStream.range(0, layers).mapToObj(layer -> (layer + 1) % interval == 0 ? Turn.NONE : Turn.GLOBAL).toList());
        if (turns.size() != layers) {
            throw c.refused("no_rope_layers", "Hone expects a 0 or 1 for each of " + layers + " layers");
        }
        boolean windowed = c.flag("use_sliding_window", false) && c.node("sliding_window").isNumber();
        List<String> types = types(c, layers, layer -> windowed && turns.get(layer) == Turn.NONE);
        if (!windowed && types.contains("sliding_attention")) {
            throw c.refused("layer_types", "its layers slide while the model uses no window");
        }
        return plain.withLayers(windowed ? c.required("sliding_window") : 0, IntStream.range(0, layers)
                .mapToObj(layer -> new Layer(types.get(layer).equals("sliding_attention"), turns.get(layer))).toList());
    }

    private ModelTraits gemma(ConfigReader c, ModelTraits plain, int hidden, int layers) {
        boolean third = this == GEMMA3_TEXT;
        c.expect("hidden_activation", "gelu_pytorch_tanh");
        if (third && c.decimal("attn_logit_softcapping", 0) != 0) {
            throw c.refused("attn_logit_softcapping", "Transformers reads it for this family and does not apply it");
        }
        if (c.flag("use_bidirectional_attention", false)) {
            throw c.refused("use_bidirectional_attention", "Hone's attention is causal");
        }
        double cap = third ? 0 : capping(c, "attn_logit_softcapping", 50);
        double finalCap = capping(c, "final_logit_softcapping", third ? 0 : 30);
        double scale = Math.pow(c.decimal("query_pre_attn_scalar", 256), -0.5);
        int pattern = third ? c.integer("sliding_window_pattern", c.integer("_sliding_window_pattern", 6)) : 2;
        List<String> types = types(c, layers, layer -> (layer + 1) % pattern != 0);
        List<Layer> kinds = types.stream().map(type -> type.equals("sliding_attention"))
                .map(slides -> new Layer(slides, third && slides ? Turn.LOCAL : Turn.GLOBAL)).toList();
        ModelTraits gemma = attentionBias(c, plain, false).withGemma(scale, cap, finalCap, hidden).withLayers(c.integer("sliding_window", 4096), kinds);
        return third ? gemma.withQueryKeyNorms() : gemma;
    }

    /** A null switches it off where leaving it out does not. */
    private static double capping(ConfigReader c, String key, double absent) {
        return c.node(key).isNull() ? 0 : c.decimal(key, absent);
    }
}
