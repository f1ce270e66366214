package dev.hone.cli.recipe;

import static dev.hone.cli.recipe.Transformers.IN_FINISH;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.cli.recipe.Translation.Handler;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** LLaMA-Factory's YAML. Its rows are {@link LlamaFactoryDatasets}' part. */
final class LlamaFactoryRecipe {
    static final Map<String, Handler> HANDLERS = handlers();

    private static final Set<String> STAGES = Set.of("sft", "pt", "dpo");

    private LlamaFactoryRecipe() {}

    private static Map<String, Handler> handlers() {
        Map<String, Handler> handlers = new HashMap<>(LlamaFactoryDatasets.HANDLERS);
        handlers.put("model_name_or_path", (to, key, value) -> to.base(value.asText()));
        handlers.put("output_dir", (to, key, value) -> to.output(value.asText()));
        for (String key : List.of("finetuning_type", "quantization_bit", "packing", "neat_packing", "lora_target")) {
            handlers.put(key, IN_FINISH);
        }
        handlers.put("disable_gradient_checkpointing", (to, key, value) -> to.set("gradient_checkpointing", !Values.isTrue(value)));
        handlers.put("stage", LlamaFactoryRecipe::stage);
        handlers.put("do_train", LlamaFactoryRecipe::train);
        handlers.put("additional_target", (to, key, value) -> to.set("lora_modules_to_save", Values.texts(value)));
        handlers.put("quantization_method", LlamaFactoryRecipe::quantizer);
        handlers.put("export_quantization_bit", LlamaFactoryRecipe::exported);
        handlers.put("export_quantization_nsamples", (to, key, value) -> to.quantize("calibration_rows", value, key));
        handlers.put("pref_loss", LlamaFactoryRecipe::loss);
        handlers.put("val_size", Transformers::validationShare);
        handlers.put("max_steps", Transformers::maxSteps);
        handlers.put("warmup_steps", Transformers::warmupSteps);
        handlers.put("optim", Transformers::optimizer);
        handlers.put("optim_args", Transformers::optimizerArguments);
        handlers.put("lr_scheduler_type", Transformers::scheduler);
        handlers.put("lr_scheduler_kwargs", Transformers::schedulerArguments);
        handlers.put("bf16", LlamaFactoryRecipe::brainFloat);
        handlers.put("fp16", Transformers::halfPrecision);
        handlers.put("eval_strategy", Transformers::evalStrategy);
        handlers.put("evaluation_strategy", Transformers::evalStrategy);
        handlers.put("eval_steps", Transformers.everySteps("eval_steps"));
        handlers.put("save_steps", Transformers.everySteps("save_steps"));
        return Map.copyOf(handlers);
    }

    /** LLaMA-Factory's own defaults where they differ from what the planner would choose, and Transformers' below them. */
    static void begin(Translation to) {
        to.set("objective", "chat");
        to.set("micro_batch_size", 8.0);
        to.set("gradient_accumulation_steps", 1.0);
        to.set("num_epochs", 3.0);
        to.set("learning_rate", 5e-5);
        to.set("lr_scheduler", "linear");
        to.set("warmup_ratio", 0.0);
        to.set("early_stopping_patience", 0.0);
        to.set("load_best_model_at_end", false);
        to.set("group_by_length", false);
    }

    static void finish(Translation to) {
        method(to);
        packing(to);
        Transformers.finishSchedule(to, "lr_scheduler_type");
        Transformers.finishBest(to);
        LlamaFactoryDatasets.finish(to);
    }

    private static void method(Translation to) {
        JsonNode type = to.given("finetuning_type");
        int bits = to.given("quantization_bit").asInt();
        String name = Values.isOff(type) ? "lora" : type.asText();
        if (!Set.of("lora", "full").contains(name)) {
            throw to.refused("finetuning_type", type, "would have trained by another method than lora or full");
        }
        if (bits != 0 && (name.equals("full") || bits != 4 && bits != 8)) {
            throw to.refused("quantization_bit", to.given("quantization_bit"), "does not go with finetuning_type " + name + " here: 4 and 8 go with lora");
        }
        to.set("method", bits == 4 ? "qlora" : name);
        if (name.equals("lora")) {
            adapter(to, bits == 8);
        }
    }

    private static void adapter(Translation to, boolean eight) {
        if (to.setting("lora_r").isMissingNode()) {
            to.set("lora_r", 8.0);
        }
        if (to.setting("lora_dropout").isMissingNode()) {
            to.set("lora_dropout", 0.0);
        }
        if (eight) {
            to.set("load_in_8bit", true);
        }
        JsonNode target = to.given("lora_target");
        to.set("lora_target_modules", Values.isOff(target) || target.asText().equals("all") ? List.of(Targets.ALL) : Values.texts(target));
    }

    private static void packing(Translation to) {
        JsonNode packing = to.given("packing");
        boolean neat = Values.isTrue(to.given("neat_packing"));
        boolean packs = neat || Values.isTrue(packing);
        if (to.given("stage").asText().equals("pt")) {
            // Text rows run together whatever it says; that is what next_token is.
            if (!packing.isMissingNode() && !packs) {
                to.notSupported("packing", packing, "would have kept text rows apart; they run together and are cut into blocks");
            }
            return;
        }
        to.set("sample_packing", packs);
        if (packs && !neat) {
            to.notSupported("packing", packing, "would have let packed examples see those before them; each sees itself alone, as with neat_packing");
        }
    }

    private static void stage(Translation to, String key, JsonNode value) {
        if (!STAGES.contains(value.asText())) {
            throw to.refused(key, value, "would have trained by another method than sft, pt or dpo");
        }
        to.set("objective", switch (value.asText()) {
            case "pt" -> "next_token";
            case "dpo" -> "preference";
            default -> "chat";
        });
    }

    private static void train(Translation to, String key, JsonNode value) {
        if (!Values.isTrue(value)) {
            throw to.refused(key, value, "would have trained nothing");
        }
        to.notNeeded(key, value, "training is what happens here");
    }

    private static void quantizer(Translation to, String key, JsonNode value) {
        if (!Set.of("bnb", "bitsandbytes").contains(value.asText())) {
            throw to.refused(key, value, "would have rounded the base by another method than bitsandbytes'");
        }
        to.notNeeded(key, value, "qlora and load_in_8bit round as it does");
    }

    /** GPTQ with groups of 128, as AutoGPTQ writes it. */
    private static void exported(Translation to, String key, JsonNode value) {
        if (value.asInt() != 4 && value.asInt() != 8) {
            throw to.refused(key, value, "would have rounded weights to another number of bits than 4 or 8");
        }
        to.quantize("schemes", List.of("int" + value.asInt() + "-g128-gptq"));
        to.quantize("layout", "gptq");
    }

    private static void loss(Translation to, String key, JsonNode value) {
        if (!value.asText().equals("sigmoid")) {
            throw to.refused(key, value, "would have computed another loss than DPO's own, sigmoid");
        }
        to.notNeeded(key, value, "it is DPO's own");
    }

    /** Off means the type of the base's weights, which is bf16 for nearly every model. */
    private static void brainFloat(Translation to, String key, JsonNode value) {
        if (Values.isTrue(value)) {
            to.set("compute_dtype", "bf16");
        } else {
            to.notNeeded(key, value, "bf16 is used where nothing else is asked for; --set compute_dtype=f32 asks for more");
        }
    }
}
