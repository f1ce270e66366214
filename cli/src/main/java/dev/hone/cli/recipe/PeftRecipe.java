package dev.hone.cli.recipe;

import static dev.hone.cli.recipe.Transformers.IN_FINISH;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/** PEFT's {@code adapter_config.json}: the shape of an adapter, and nothing on its training. */
final class PeftRecipe {
    static final Map<String, Translation.Handler> HANDLERS = Map.of(
            "peft_type", only("LORA", "would have trained an adapter of another kind"),
            "task_type", only("CAUSAL_LM", "would have trained a model for another task"),
            "base_model_name_or_path", (to, key, value) -> to.base(value.asText()),
            "bias", only("none", "would have trained biases"),
            "init_lora_weights", Transformers::firstWeights,
            "target_modules", IN_FINISH,
            "exclude_modules", IN_FINISH,
            "layers_to_transform", IN_FINISH);

    private PeftRecipe() {}

    /** PEFT's own defaults; the file does not say how the base lies in memory, so it is taken as it is. */
    static void begin(Translation to) {
        to.set("method", "lora");
        to.set("lora_r", 8.0);
        to.set("lora_alpha", 8.0);
        to.set("lora_dropout", 0.0);
    }

    static void finish(Translation to) {
        JsonNode targets = to.given("target_modules");
        if (Values.isOff(targets)) {
            to.notSupported("target_modules", targets, "would have left it to PEFT, which takes two or three linear modules by the family; all linear modules are taken");
        }
        to.set("lora_target_modules", Targets.of(targets, to.given("layers_to_transform"), to.given("exclude_modules")));
    }

    private static Translation.Handler only(String expected, String would) {
        return (to, key, value) -> {
            if (!value.asText().equals(expected)) {
                throw to.refused(key, value, would);
            }
        };
    }
}
