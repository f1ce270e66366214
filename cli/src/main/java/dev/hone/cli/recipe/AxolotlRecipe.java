package dev.hone.cli.recipe;

import static dev.hone.cli.recipe.Transformers.IN_FINISH;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.cli.recipe.Translation.Handler;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Axolotl's YAML. Its rows are {@link AxolotlDatasets}' part, rounding {@link AxolotlQuantization}'s. */
final class AxolotlRecipe {
    static final Map<String, Handler> HANDLERS = handlers();

    private AxolotlRecipe() {}

    private static Map<String, Handler> handlers() {
        Map<String, Handler> handlers = new HashMap<>(AxolotlDatasets.HANDLERS);
        handlers.put("base_model", (to, key, value) -> to.base(value.asText()));
        handlers.put("output_dir", (to, key, value) -> to.output(value.asText()));
        for (String key : List.of("adapter", "load_in_4bit", "load_in_8bit", "lora_target_modules", "lora_target_linear", "peft_layers_to_transform",
                "batch_size", "bf16", "bfloat16", "float32", "fp32")) {
            handlers.put(key, IN_FINISH);
        }
        handlers.put("bnb_config_kwargs", AxolotlRecipe::fourBits);
        handlers.put("peft_init_lora_weights", Transformers::firstWeights);
        handlers.put("val_set_size", Transformers::validationShare);
        handlers.put("special_tokens", AxolotlRecipe::specialTokens);
        handlers.put("max_steps", Transformers::maxSteps);
        handlers.put("optimizer", Transformers::optimizer);
        handlers.put("optim_args", Transformers::optimizerArguments);
        handlers.put("lr_scheduler", Transformers::scheduler);
        handlers.put("lr_scheduler_kwargs", Transformers::schedulerArguments);
        handlers.put("fp16", Transformers::halfPrecision);
        handlers.put("float16", Transformers::halfPrecision);
        handlers.put("gradient_checkpointing", AxolotlRecipe::checkpointing);
        handlers.put("eval_steps", Transformers.everySteps("eval_steps"));
        handlers.put("save_steps", Transformers.everySteps("save_steps"));
        handlers.put("evals_per_epoch", Transformers::often);
        handlers.put("eval_strategy", Transformers::evalStrategy);
        handlers.put("evaluation_strategy", Transformers::evalStrategy);
        handlers.put("rl", AxolotlRecipe::preference);
        handlers.put("dpo_loss_type", AxolotlRecipe::lossType);
        handlers.put("dpo_loss_weights", AxolotlRecipe::lossWeights);
        handlers.putAll(AxolotlQuantization.HANDLERS);
        return Map.copyOf(handlers);
    }

    /** Axolotl's own defaults where they differ from what the planner would choose, and Transformers' below them. */
    static void begin(Translation to) {
        to.set("objective", "chat");
        to.set("micro_batch_size", 1.0);
        to.set("gradient_accumulation_steps", 1.0);
        to.set("num_epochs", 1.0);
        to.set("warmup_ratio", 0.03);
        to.set("early_stopping_patience", 0.0);
        to.set("load_best_model_at_end", false);
        to.set("group_by_length", false);
        to.set("compute_dtype", "bf16");
    }

    static void finish(Translation to) {
        method(to);
        precision(to);
        batch(to);
        Transformers.finishSchedule(to, "lr_scheduler");
        Transformers.finishBest(to);
        AxolotlDatasets.finish(to);
    }

    private static void method(Translation to) {
        JsonNode adapter = to.given("adapter");
        boolean four = Values.isTrue(to.given("load_in_4bit"));
        boolean eight = Values.isTrue(to.given("load_in_8bit"));
        String name = Values.isOff(adapter) ? "full" : adapter.asText();
        if (!Set.of("full", "lora", "qlora").contains(name)) {
            throw to.refused("adapter", adapter, "would have trained an adapter of another kind");
        }
        if (name.equals("full") && (four || eight) || name.equals("qlora") && eight) {
            throw to.refused(eight ? "load_in_8bit" : "load_in_4bit", to.given(eight ? "load_in_8bit" : "load_in_4bit"),
                    "does not go with adapter " + (name.equals("full") ? "absent: every weight trains" : "qlora: its base has four bits"));
        }
        to.set("method", name.equals("lora") && four ? "qlora" : name);
        if (!name.equals("full")) {
            adapter(to, eight && !four);
        }
    }

    /** PEFT's defaults where the file is silent. */
    private static void adapter(Translation to, boolean eight) {
        Map.of("lora_r", 8.0, "lora_alpha", 8.0, "lora_dropout", 0.0).forEach((setting, value) -> {
            if (to.setting(setting).isMissingNode()) {
                to.set(setting, value);
            }
        });
        if (eight) {
            to.set("load_in_8bit", true);
        }
        JsonNode named = Values.isTrue(to.given("lora_target_linear")) ? to.given("no such key") : to.given("lora_target_modules");
        to.set("lora_target_modules", Targets.of(named, to.given("peft_layers_to_transform"), to.given("no such key")));
    }

    private static void precision(Translation to) {
        boolean half = Values.isTrue(to.given("fp16")) || Values.isTrue(to.given("float16"));
        boolean brain = Values.isTrue(to.given("bfloat16")) || !Values.isOff(to.given("bf16"));
        boolean single = Values.isTrue(to.given("float32")) || Values.isTrue(to.given("fp32")) || to.given("bf16").isBoolean();
        if (single && !half && !brain) {
            to.set("compute_dtype", "f32");
        }
    }

    private static void batch(Translation to) {
        int rows = to.given("batch_size").asInt();
        if (rows > 0 && !to.given("gradient_accumulation_steps").isNumber()) {
            to.set("gradient_accumulation_steps", (double) Math.max(1, rows / to.setting("micro_batch_size").asInt()));
        }
    }

    private static void fourBits(Translation to, String key, JsonNode value) {
        value.properties().forEach(argument -> {
            String name = key + "." + argument.getKey();
            JsonNode given = argument.getValue();
            switch (argument.getKey()) {
                case "bnb_4bit_compute_dtype", "bnb_4bit_quant_storage", "load_in_4bit", "load_in_8bit" -> to.notNeeded(name, given, "compute_dtype says it");
                case "bnb_4bit_quant_type", "bnb_4bit_use_double_quant" -> {
                    if (!given.asText().equals("nf4") && !Values.isTrue(given)) {
                        throw to.refused(name, given, "would have rounded the base otherwise than to NF4 with double quantization");
                    }
                    to.notNeeded(name, given, "qlora does so");
                }
                default -> throw to.refused(name, given, "would have rounded the base otherwise than to NF4 with double quantization");
            }
        });
    }

    private static void specialTokens(Translation to, String key, JsonNode value) {
        value.properties().stream().filter(token -> !token.getValue().isNull()).forEach(token -> {
            if (token.getKey().equals("pad_token")) {
                to.notNeeded(key + ".pad_token", token.getValue(), "nothing is padded");
            } else {
                to.notSupported(key + "." + token.getKey(), token.getValue(), "would have taken this token in place of the tokenizer's own");
            }
        });
    }

    private static void checkpointing(Translation to, String key, JsonNode value) {
        if (value.isTextual() && !Values.isTrue(value) && !Values.isOff(value)) {
            to.set("gradient_checkpointing", true);
            to.notNeeded(key, value, "layers are computed again, in the one way there is; the result is the same");
        } else {
            to.set("gradient_checkpointing", value, key);
        }
    }

    private static void preference(Translation to, String key, JsonNode value) {
        if (Values.isOff(value)) {
            to.notNeeded(key, value, "it is off");
        } else if (value.asText().equals("dpo")) {
            to.set("objective", "preference");
        } else {
            throw to.refused(key, value, "would have trained by another method than dpo");
        }
    }

    private static void lossType(Translation to, String key, JsonNode value) {
        if (!Values.texts(value).equals(List.of("sigmoid"))) {
            throw to.refused(key, value, "would have computed another loss than DPO's own, sigmoid");
        }
    }

    private static void lossWeights(Translation to, String key, JsonNode value) {
        if (value.size() != 1 || value.path(0).asDouble() != 1) {
            throw to.refused(key, value, "would have weighted several losses");
        }
    }
}
