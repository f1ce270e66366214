package dev.hone.cli.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.cli.recipe.Translation.Handler;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Axolotl's {@code quantization}, rounding after the training, and {@code qat}, rounding in it. */
final class AxolotlQuantization {
    static final Map<String, Handler> HANDLERS = handlers();

    private static final Set<Integer> GROUP_SIZES = Set.of(16, 32, 64, 128);
    private static final Set<String> WEIGHTS = Set.of("int8", "int4");
    /** Axolotl's own default. */
    private static final String DEFAULT_WEIGHTS = "int8";

    private AxolotlQuantization() {}

    private static Map<String, Handler> handlers() {
        Map<String, Handler> handlers = new HashMap<>();
        handlers.put("quantization", AxolotlQuantization::rounding);
        handlers.put("quantization.weight_dtype", AxolotlQuantization::weights);
        handlers.put("quantization.activation_dtype", AxolotlQuantization::activations);
        handlers.put("quantization.group_size", (to, key, value) -> groupSize(to, key, value, false));
        handlers.put("quantization.quantize_embedding", (to, key, value) -> to.quantize("quantize_embeddings", value, key));
        handlers.put("qat", AxolotlQuantization::learning);
        handlers.put("qat.weight_dtype", AxolotlQuantization::weights);
        handlers.put("qat.activation_dtype", AxolotlQuantization::activations);
        handlers.put("qat.group_size", (to, key, value) -> groupSize(to, key, value, true));
        handlers.put("qat.quantize_embedding", (to, key, value) -> to.learn("quantize_embedding", value, key));
        handlers.put("qat.fake_quant_after_n_steps", (to, key, value) -> to.learn("fake_quant_after_n_steps", value, key));
        return Map.copyOf(handlers);
    }

    /** Types make a scheme together: {@code int4}, or with rounded activations {@code w4a8}. */
    private static void rounding(Translation to, String key, JsonNode value) {
        if (Values.isOff(value)) {
            to.notNeeded(key, value, "it asks for nothing");
            return;
        }
        to.readAll("quantization.", "quantization.", value);
        String weights = weights(value);
        boolean activations = !Values.isOff(value.path("activation_dtype"));
        to.quantize("schemes", List.of(activations ? weights.equals("int4") ? "w4a8" : "w8a8" : weights));
    }

    private static void learning(Translation to, String key, JsonNode value) {
        if (Values.isOff(value)) {
            to.notNeeded(key, value, "it asks for nothing");
            return;
        }
        if (!Values.isOff(to.given("quantization"))) {
            throw to.refused(key, value, "does not go with quantization: a model is rounded after its training or in it");
        }
        to.readAll("qat.", "qat.", value);
        to.learn("weight_dtype", weights(value));
        if (!Values.isOff(value.path("activation_dtype"))) {
            to.learn("activation_dtype", value.path("activation_dtype").asText());
        }
    }

    private static String weights(JsonNode block) {
        return Values.isOff(block.path("weight_dtype")) ? DEFAULT_WEIGHTS : block.path("weight_dtype").asText();
    }

    private static void weights(Translation to, String key, JsonNode value) {
        if (!WEIGHTS.contains(value.asText())) {
            throw to.refused(key, value, "would have rounded weights to something else than int8 or int4");
        }
    }

    private static void activations(Translation to, String key, JsonNode value) {
        if (!Values.isOff(value) && !value.asText().equals("int8")) {
            throw to.refused(key, value, "would have rounded activations to something else than int8");
        }
    }

    private static void groupSize(Translation to, String key, JsonNode value, boolean learned) {
        if (!GROUP_SIZES.contains(value.asInt())) {
            to.notSupported(key, value, "would have let so many weights share a scale; 16, 32, 64 and 128 are possible");
        } else if (learned) {
            to.learn("group_size", value, key);
        } else {
            to.quantize("group_size", value, key);
        }
    }
}
