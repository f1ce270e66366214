package dev.hone.llm.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads a {@code config.json} and remembers which keys it was asked for, so that what nobody understood can be refused. */
final class ConfigReader {
    /** Keys that change nothing a forward pass computes: names, versions, tokens, what training or generation would do by default. */
    private static final Set<String> HARMLESS = Set.of(
            "architectures", "auto_map", "bos_token_id", "eos_token_id", "pad_token_id", "unk_token_id", "sep_token_id", "cls_token_id", "decoder_start_token_id",
            "torch_dtype", "dtype", "transformers_version", "use_cache", "pretraining_tp", "name_or_path", "cache_implementation", "chunk_size_feed_forward",
            "output_attentions", "output_hidden_states", "output_scores", "return_dict", "return_dict_in_generate", "is_decoder", "is_encoder_decoder",
            "gradient_checkpointing", "task_specific_params", "problem_type", "finetuning_task", "prefix", "id2label", "label2id", "num_labels", "quantization_config",
            "max_length", "min_length", "do_sample", "temperature", "top_k", "top_p", "num_beams", "repetition_penalty", "transformers.js_config",
            "is_llama_config", "unsloth_fixed", "unsloth_version", "torchscript", "use_bfloat16", "tf_legacy_loss", "remove_invalid_values", "tokenizer_class", "suppress_tokens",
            "begin_suppress_tokens", "forced_bos_token_id", "forced_eos_token_id", "max_window_layers", "original_max_position_embeddings", "hidden_act");

    private final JsonNode config;
    private final Path file;
    private final Set<String> asked = new HashSet<>();

    ConfigReader(JsonNode config, Path file) {
        this.config = config;
        this.file = file;
    }

    private JsonNode at(String key) {
        asked.add(key);
        return config.path(key);
    }

    JsonNode node(String key) {
        return at(key);
    }

    private boolean isGiven(String key) {
        return !at(key).isMissingNode() && !config.path(key).isNull();
    }

    int required(String key) {
        if (!at(key).isIntegralNumber()) {
            throw new FormatException("Expected a whole number under " + key + " in " + file + ", found " + (config.has(key) ? config.get(key) : "nothing") + ".");
        }
        return config.get(key).asInt();
    }

    int integer(String key, int absent) {
        return isGiven(key) ? required(key) : absent;
    }

    double decimal(String key, double absent) {
        if (isGiven(key) && !config.path(key).isNumber()) {
            throw new FormatException("Expected a number under " + key + " in " + file + ", found " + config.get(key) + ".");
        }
        return at(key).asDouble(absent);
    }

    boolean flag(String key, boolean absent) {
        return at(key).asBoolean(absent);
    }

    Optional<List<String>> texts(String key) {
        if (!at(key).isArray()) {
            return Optional.empty();
        }
        List<String> texts = new ArrayList<>();
        config.path(key).forEach(item -> texts.add(item.asText()));
        return Optional.of(texts);
    }

    /** Refuses the model unless the key is absent or has one of these values. */
    void expect(String key, String... allowed) {
        if (isGiven(key) && !Arrays.asList(allowed).contains(config.path(key).asText())) {
            throw refused(key, "Hone computes this family with " + String.join(" or ", allowed) + " only");
        }
    }

    FormatException refused(String key, String reason) {
        return new FormatException("Cannot run this model faithfully: " + file + " sets " + key + " to " + config.path(key) + "; " + reason + ". Choose another base model.");
    }

    /** Refuses the model if it sets a key that nobody asked for and that may mean something. */
    void refuseUnknown() {
        config.properties().forEach(setting -> {
            String key = setting.getKey();
            boolean says = !setting.getValue().isNull() && !(setting.getValue().isBoolean() && !setting.getValue().asBoolean())
                    && !(setting.getValue().isContainerNode() && setting.getValue().isEmpty());
            if (says && !asked.contains(key) && !key.startsWith("_") && !HARMLESS.contains(key)) {
                throw refused(key, "Hone does not know this key, and it might change what the model computes");
            }
        });
    }
}
