package dev.hone.llm.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * PEFT's {@code adapter_config.json} of a LoRA adapter, under PEFT's names.
 *
 * @param r rank
 * @param loraAlpha the adapter counts alpha / r, or alpha / √r with {@code useRslora}
 * @param targetModules names of the linear modules that have an adapter: q_proj, …
 * @see <a href="https://arxiv.org/abs/2106.09685">LoRA</a>, <a href="https://arxiv.org/abs/2312.03732">rsLoRA</a>
 */
public record AdapterConfig(int r, double loraAlpha, double loraDropout, List<String> targetModules, boolean useRslora, String baseModel) {
    private static final Logger LOG = LoggerFactory.getLogger(AdapterConfig.class);
    static final String FILE = "adapter_config.json";

    /** Linear modules of a Llama layer, which {@code all-linear} stands for. */
    static final List<String> ALL_LINEAR = List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

    /** Features that change the result and are not computed here; null, false and empty mean they are not used. */
    private static final List<String> REFUSED = List.of(
            "use_dora", "layer_replication", "modules_to_save", "lora_bias", "fan_in_fan_out", "rank_pattern", "alpha_pattern", "layers_to_transform",
            "trainable_token_indices", "target_parameters", "exclude_modules", "megatron_config", "alora_invocation_tokens", "use_qalora");

    /** Keys that say nothing about the result of an adapter that is loaded as it lies on disk. */
    private static final Set<String> HARMLESS = Set.of(
            "peft_type", "task_type", "base_model_name_or_path", "revision", "inference_mode", "r", "lora_alpha", "lora_dropout", "target_modules", "bias", "use_rslora",
            "init_lora_weights", "layers_pattern", "ensure_weight_tying", "loftq_config", "auto_mapping", "megatron_core", "eva_config", "corda_config",
            "runtime_config", "peft_version", "qalora_group_size");

    public AdapterConfig {
        targetModules = List.copyOf(targetModules);
        if (r < 1 || loraAlpha <= 0 || loraDropout < 0 || loraDropout >= 1 || targetModules.isEmpty()) {
            throw new FormatException("Expected r of at least 1, lora_alpha above 0, lora_dropout from 0 to below 1 and target_modules, found r=" + r
                    + ", lora_alpha=" + loraAlpha + ", lora_dropout=" + loraDropout + ", target_modules=" + targetModules + ".");
        }
    }

    /** What the product B·A is multiplied by. */
    public double scale() {
        return useRslora ? loraAlpha / Math.sqrt(r) : loraAlpha / r;
    }

    /**
     * Reads the file from an adapter directory. Unknown keys are logged and otherwise ignored, because PEFT adds keys
     * with every release.
     *
     * @throws FormatException if the adapter uses a feature whose result would be wrong here, naming it
     */
    public static AdapterConfig load(Path adapterDirectory) {
        Path file = adapterDirectory.resolve(FILE);
        JsonNode c = Json.read(file);
        if (!c.path("peft_type").asText().equals("LORA")) {
            throw refused(file, "peft_type", c.path("peft_type"));
        }
        if (!c.path("bias").asText("none").equals("none")) {
            throw refused(file, "bias", c.path("bias"));
        }
        for (String key : REFUSED) {
            if (isUsed(c.path(key))) {
                throw refused(file, key, c.path(key));
            }
        }
        warnOfUnknown(c, file);
        return new AdapterConfig(
                c.path("r").asInt(), c.path("lora_alpha").asDouble(), c.path("lora_dropout").asDouble(0), targets(c.path("target_modules"), file),
                c.path("use_rslora").asBoolean(false), c.path("base_model_name_or_path").asText(""));
    }

    private static boolean isUsed(JsonNode value) {
        return value.isContainerNode() ? !value.isEmpty() : value.isBoolean() ? value.asBoolean() : !value.isMissingNode() && !value.isNull();
    }

    private static FormatException refused(Path file, String key, JsonNode value) {
        return new FormatException("This adapter cannot be applied faithfully: " + file + " sets " + key + " to " + value
                + ", and Hone applies plain LoRA on linear layers only. Merge it with the tool that made it and use the merged model.");
    }

    private static void warnOfUnknown(JsonNode c, Path file) {
        Set<String> unknown = new TreeSet<>();
        c.fieldNames().forEachRemaining(key -> {
            if (!HARMLESS.contains(key) && !REFUSED.contains(key)) {
                unknown.add(key);
            }
        });
        if (!unknown.isEmpty()) {
            LOG.warn("Unknown keys are ignored: file={} keys={}", file, unknown);
        }
    }

    private static List<String> targets(JsonNode node, Path file) {
        if (node.asText().equals("all-linear")) {
            return ALL_LINEAR;
        }
        if (!node.isArray()) {
            throw new FormatException("Expected target_modules in " + file + " to be a list of module names or \"all-linear\", found " + node + ".");
        }
        List<String> targets = new ArrayList<>();
        node.forEach(n -> targets.add(n.asText()));
        return targets;
    }

    ObjectNode toJson() {
        ObjectNode c = Json.object();
        c.put("peft_type", "LORA").put("task_type", "CAUSAL_LM").put("base_model_name_or_path", baseModel);
        c.put("r", r).put("lora_alpha", loraAlpha).put("lora_dropout", loraDropout);
        targetModules.forEach(c.putArray("target_modules")::add);
        c.put("bias", "none").put("use_rslora", useRslora).put("use_dora", false).put("fan_in_fan_out", false);
        c.put("inference_mode", true).put("init_lora_weights", true).putNull("modules_to_save");
        c.putNull("layers_to_transform").putNull("layers_pattern").putNull("revision");
        c.putObject("rank_pattern");
        c.putObject("alpha_pattern");
        return c;
    }
}
