package dev.hone.cli.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.cli.recipe.Translation.Handler;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Values of the trainer in Hugging Face Transformers, which Axolotl and LLaMA-Factory hand on to it. */
final class Transformers {
    /** Looked at when all keys are known, because it depends on others. */
    static final Handler IN_FINISH = (to, key, value) -> { };

    private static final Map<String, String> OPTIMIZERS = Map.ofEntries(
            Map.entry("adamw_torch", "adamw"), Map.entry("adamw_torch_fused", "adamw"), Map.entry("adamw_hf", "adamw"), Map.entry("adamw_apex_fused", "adamw"),
            Map.entry("adamw", "adamw"), Map.entry("adamw_8bit", "adamw_8bit"), Map.entry("adamw_bnb_8bit", "adamw_8bit"),
            Map.entry("adamw_torch_8bit", "adamw_8bit"), Map.entry("ao_adamw_8bit", "adamw_8bit"), Map.entry("paged_adamw", "paged_adamw"),
            Map.entry("paged_adamw_32bit", "paged_adamw"), Map.entry("paged_adamw_8bit", "paged_adamw_8bit"), Map.entry("sgd", "sgd"));

    private static final Map<String, String> SCHEDULERS = Map.of(
            "linear", "linear", "cosine", "cosine", "cosine_with_min_lr", "cosine", "cosine_with_restarts", "cosine_with_restarts",
            "constant", "constant", "constant_with_warmup", "constant", "inverse_sqrt", "inverse_sqrt");

    private static final Map<String, String> SCHEDULER_ARGUMENTS = Map.of("num_cycles", "lr_cycles", "min_lr_rate", "cosine_min_lr_ratio");

    private static final Map<String, String> OPTIMIZER_ARGUMENTS = Map.of("momentum", "sgd_momentum", "beta1", "adam_beta1", "beta2", "adam_beta2",
            "adam_beta1", "adam_beta1", "adam_beta2", "adam_beta2", "eps", "adam_epsilon", "adam_epsilon", "adam_epsilon");

    private Transformers() {}

    static void optimizer(Translation to, String key, JsonNode value) {
        to.set("optimizer", named(to, key, value, OPTIMIZERS, "would have used an optimizer that is not offered"));
    }

    static void scheduler(Translation to, String key, JsonNode value) {
        to.set("lr_scheduler", named(to, key, value, SCHEDULERS, "would have used a schedule that is not offered"));
    }

    private static String named(Translation to, String key, JsonNode value, Map<String, String> names, String would) {
        String ours = names.get(value.asText());
        if (ours == null) {
            throw to.refused(key, value, would + "; there are " + String.join(", ", new TreeSet<>(names.keySet())));
        }
        return ours;
    }

    static void schedulerArguments(Translation to, String key, JsonNode value) {
        arguments(to, key, value, SCHEDULER_ARGUMENTS, "would have shaped the schedule in a way that is not offered");
    }

    static void optimizerArguments(Translation to, String key, JsonNode value) {
        arguments(to, key, value.isTextual() ? pairs(value.asText()) : value, OPTIMIZER_ARGUMENTS,
                "would have given the optimizer an argument that it does not have here");
    }

    private static void arguments(Translation to, String key, JsonNode value, Map<String, String> names, String would) {
        value.properties().forEach(argument -> {
            String ours = names.get(argument.getKey());
            if (ours == null) {
                throw to.refused(key + "." + argument.getKey(), argument.getValue(), would);
            }
            to.set(ours, argument.getValue(), key + "." + argument.getKey());
        });
    }

    /** {@code momentum=0.9,beta2=0.95} as an object. */
    private static JsonNode pairs(String text) {
        ObjectNode pairs = JsonNodeFactory.instance.objectNode();
        for (String pair : text.isBlank() ? new String[0] : text.split(",")) {
            int equals = pair.indexOf('=');
            pairs.put(equals < 0 ? pair.strip() : pair.substring(0, equals).strip(), equals < 0 ? "" : pair.substring(equals + 1).strip());
        }
        return pairs;
    }

    /** Plain {@code constant} has no warm-up, whatever else is said; ours has, so it is taken out. */
    static void finishSchedule(Translation to, String key) {
        if (to.given(key).asText().equals("constant")) {
            to.leaveOpen("warmup_ratio");
            to.set("warmup_steps", 0.0);
        }
    }

    static void maxSteps(Translation to, String key, JsonNode value) {
        if (value.asDouble() > 0) {
            to.set("max_steps", value, key);
        } else {
            to.notNeeded(key, value, "num_epochs decides");
        }
    }

    /** Zero leaves it to the ratio, and a fraction is one. */
    static void warmupSteps(Translation to, String key, JsonNode value) {
        double steps = value.asDouble();
        if (steps > 0) {
            to.set(steps < 1 ? "warmup_ratio" : "warmup_steps", value, key);
        } else {
            to.notNeeded(key, value, "warmup_ratio decides");
        }
    }

    /** A number of steps, or the share of all steps, which only {@code max_steps} tells. */
    static Handler everySteps(String setting) {
        return (to, key, value) -> {
            double steps = value.asDouble();
            double all = to.given("max_steps").asDouble();
            if (steps >= 1 || Values.isOff(value)) {
                to.set(setting, value, key);
            } else if (all > 0) {
                to.set(setting, Math.ceil(steps * all));
            } else {
                often(to, key, value);
            }
        };
    }

    /** How often a run is looked at matters where looking decides when it ends. */
    static void often(Translation to, String key, JsonNode value) {
        boolean decides = !Values.isOff(to.given("early_stopping_patience")) || !Values.isOff(to.given("early_stopping_steps"))
                || Values.isTrue(to.given("load_best_model_at_end"));
        if (decides) {
            to.notSupported(key, value, "would have chosen how often the run is validated; the planner looks twice an epoch, and eval_steps says it in steps");
        } else {
            to.notNeeded(key, value, "the planner looks twice an epoch, and looking changes no weight");
        }
    }

    static void evalStrategy(Translation to, String key, JsonNode value) {
        switch (value.asText()) {
            case "no", "false" -> to.set("eval_steps", 0.0);
            case "steps" -> to.notNeeded(key, value, "eval_steps says when");
            default -> often(to, key, value);
        }
    }

    static void halfPrecision(Translation to, String key, JsonNode value) {
        if (Values.isTrue(value)) {
            to.set("compute_dtype", "bf16");
            to.notSupported(key, value, "would have computed in 16-bit floats with a scaled loss; bf16 has the same size and needs no scaling");
        } else {
            to.notNeeded(key, value, "it is off");
        }
    }

    static void validationShare(Translation to, String key, JsonNode value) {
        if (value.asDouble() == 0.05) {
            to.notNeeded(key, value, "a twentieth is what is kept");
        } else {
            to.notSupported(key, value, "would have kept this share of the rows for validation; a twentieth is kept, unless ./hone train gets --validation-share");
        }
    }

    /** How PEFT draws the first adapter. */
    static void firstWeights(Translation to, String key, JsonNode value) {
        if (value.asText().equals("true")) {
            to.notNeeded(key, value, "adapters start so here");
        } else if (Set.of("gaussian", "orthogonal").contains(value.asText())) {
            to.notSupported(key, value, "would have drawn A by another distribution; it is drawn as PEFT's true does");
        } else {
            throw to.refused(key, value, "would have started the adapter away from zero, or changed the base for it");
        }
    }

    /** A run without a word on it keeps the last weights, unless it stops early. */
    static void finishBest(Translation to) {
        if (!to.given("load_best_model_at_end").isBoolean() && to.setting("early_stopping_patience").asInt() > 0) {
            to.set("load_best_model_at_end", true);
        }
    }
}
