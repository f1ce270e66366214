package dev.hone.llm.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;

/**
 * Fills in what the recipe of a training with rounded weights leaves open. It begins at a model that has learned its task,
 * and only has to learn around the rounding: less of everything than the run itself. Pure, as {@link RecipeDefaults} is.
 */
public final class QatDefaults {
    /** Above it the weights, their gradients and Adam's two moments ask for more memory than a machine has on the side. */
    private static final long FULL_UP_TO = 200_000_000;

    /** Of the rate that a training from the start would get; measured on hone-nano, see docs/results.md. */
    private static final double RATE = 1.0 / 3;

    /** What the run was trained by holds here, too. */
    private static final List<String> AS_THE_RUN = List.of("objective", "sequence_len", "train_on_inputs", "sample_packing", "compute_dtype", "seed", "rl_beta", "dpo_label_smoothing");

    private QatDefaults() {}

    /**
     * @param given settings under the names of {@link TrainingRecipe#parse}
     * @param run the complete settings of the training before it
     * @return these and all others
     */
    public static ObjectNode complete(JsonNode given, JsonNode run, RecipeDefaults.Sizes sizes) {
        ObjectNode r = given.deepCopy();
        AS_THE_RUN.stream().filter(run::hasNonNull).forEach(key -> open(r, key, run.get(key)));
        // preferences need a reference, which is the model with the adapter switched off
        boolean full = sizes.parameters() < FULL_UP_TO && !r.path("objective").asText().equals("preference");
        open(r, "method", json().textNode(full ? "full" : "lora"));
        open(r, "learning_rate", json().numberNode(rate(r, sizes)));
        open(r, "num_epochs", json().numberNode(1.0));
        open(r, "lora_dropout", json().numberNode(0.0));
        open(r, "eval_steps", json().numberNode(0));
        open(r, "early_stopping_patience", json().numberNode(0));
        return RecipeDefaults.complete(r, sizes);
    }

    /**
     * The scheme that such a training ends in: {@code int4-g32-qat}, {@code w4a8-g32-qat}, {@code int8-qat} or {@code w8a8-qat}.
     *
     * @param weights int4 or int8
     * @param activations int8, or empty where they are not rounded
     * @param groupSize weights that share a scale, with int4
     */
    public static String scheme(String weights, String activations, int groupSize) {
        boolean four = weights.equals("int4");
        String type = activations.isEmpty() ? weights : four ? "w4a8" : "w8a8";
        return type + (four ? "-g" + groupSize : "") + "-qat";
    }

    private static double rate(ObjectNode r, RecipeDefaults.Sizes sizes) {
        double planned = RecipeDefaults.complete(r, sizes).get("learning_rate").asDouble();
        return new BigDecimal(RATE * planned).round(new MathContext(2)).doubleValue();
    }

    private static void open(ObjectNode r, String key, JsonNode value) {
        if (!r.hasNonNull(key)) {
            r.set(key, value);
        }
    }

    private static JsonNodeFactory json() {
        return JsonNodeFactory.instance;
    }
}
