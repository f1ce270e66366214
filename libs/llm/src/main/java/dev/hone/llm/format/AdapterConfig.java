package dev.hone.llm.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * PEFT's {@code adapter_config.json} of a LoRA adapter, under PEFT's names.
 *
 * @param r rank, where {@code rankPattern} says nothing else
 * @param loraAlpha a module's adapter counts alpha / r, or alpha / √r with {@code useRslora}
 * @param targetModules names of the linear modules that have an adapter, or ends of them: q_proj, …
 * @param useDora whether the modules have a learned magnitude
 * @param rankPattern ranks by the end of a module's name, or a regular expression for it; the first that fits counts
 * @param alphaPattern alphas likewise
 * @param modulesToSave modules whose whole weights lie in the adapter: embed_tokens, lm_head
 * @param tiesWeights whether a saved embedding is also the head, where the base ties them
 * @see <a href="https://arxiv.org/abs/2106.09685">LoRA</a>, <a href="https://arxiv.org/abs/2312.03732">rsLoRA</a>,
 *     <a href="https://arxiv.org/abs/2402.09353">DoRA</a>
 */
public record AdapterConfig(int r, double loraAlpha, double loraDropout, List<String> targetModules, boolean useRslora, boolean useDora,
        Map<String, Integer> rankPattern, Map<String, Double> alphaPattern, List<String> modulesToSave, boolean tiesWeights, String baseModel) {
    private static final Logger LOG = LoggerFactory.getLogger(AdapterConfig.class);
    static final String FILE = "adapter_config.json";

    /** Features that change the result and are not computed here; null, false and empty mean they are not used. */
    private static final List<String> REFUSED = List.of(
            "layer_replication", "lora_bias", "fan_in_fan_out", "trainable_token_indices", "target_parameters", "megatron_config", "alora_invocation_tokens",
            "use_qalora", "use_bdlora", "arrow_config", "kasa_config", "velora_config", "monteclora_config");

    /** Keys that say nothing about the result of an adapter that is loaded as it lies on disk: its tensors say where it acts. */
    private static final Set<String> HARMLESS = Set.of(
            "peft_type", "task_type", "base_model_name_or_path", "revision", "inference_mode", "r", "lora_alpha", "lora_dropout", "target_modules", "bias", "use_rslora",
            "use_dora", "rank_pattern", "alpha_pattern", "modules_to_save", "exclude_modules", "layers_to_transform", "init_lora_weights", "layers_pattern",
            "ensure_weight_tying", "loftq_config", "auto_mapping", "megatron_core", "eva_config", "corda_config", "lora_ga_config", "runtime_config", "peft_version",
            "qalora_group_size");

    public AdapterConfig {
        targetModules = List.copyOf(targetModules);
        rankPattern = new LinkedHashMap<>(rankPattern);
        alphaPattern = new LinkedHashMap<>(alphaPattern);
        modulesToSave = List.copyOf(modulesToSave);
        if (r < 1 || loraAlpha <= 0 || loraDropout < 0 || loraDropout >= 1) {
            throw new FormatException("Expected r of at least 1, lora_alpha above 0 and lora_dropout from 0 to below 1, found r=" + r
                    + ", lora_alpha=" + loraAlpha + ", lora_dropout=" + loraDropout + ".");
        }
    }

    /** Plain LoRA of one rank everywhere. */
    public static AdapterConfig plain(int r, double loraAlpha, List<String> targetModules, String baseModel) {
        return new AdapterConfig(r, loraAlpha, 0, targetModules, false, false, Map.of(), Map.of(), List.of(), false, baseModel);
    }

    /** What a module's product B·A is multiplied by. */
    public double scale(String module) {
        double alpha = patterned(alphaPattern, module).orElse(loraAlpha);
        return useRslora ? alpha / Math.sqrt(rank(module)) : alpha / rank(module);
    }

    public int rank(String module) {
        return patterned(rankPattern, module).orElse(r);
    }

    /** As PEFT looks them up: the first key that matches the end of the name. */
    private static <T> Optional<T> patterned(Map<String, T> pattern, String module) {
        return pattern.entrySet().stream().filter(e -> compiled("(.*\\.)?(" + e.getKey() + ")").matcher(module).matches()).map(Map.Entry::getValue).findFirst();
    }

    private static Pattern compiled(String regex) {
        try {
            return Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            throw new FormatException("Expected a module name or a regular expression in rank_pattern and alpha_pattern, found \"" + regex + "\": " + e.getDescription() + ".", e);
        }
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
        Map<String, Integer> ranks = new LinkedHashMap<>();
        c.path("rank_pattern").properties().forEach(e -> ranks.put(e.getKey(), e.getValue().asInt()));
        Map<String, Double> alphas = new LinkedHashMap<>();
        c.path("alpha_pattern").properties().forEach(e -> alphas.put(e.getKey(), e.getValue().asDouble()));
        return new AdapterConfig(
                c.path("r").asInt(), c.path("lora_alpha").asDouble(), c.path("lora_dropout").asDouble(0), texts(c.path("target_modules")),
                c.path("use_rslora").asBoolean(false), c.path("use_dora").asBoolean(false), ranks, alphas, texts(c.path("modules_to_save")),
                c.path("ensure_weight_tying").asBoolean(false), c.path("base_model_name_or_path").asText(""));
    }

    private static boolean isUsed(JsonNode value) {
        return value.isContainerNode() ? !value.isEmpty() : value.isBoolean() ? value.asBoolean() : !value.isMissingNode() && !value.isNull();
    }

    private static FormatException refused(Path file, String key, JsonNode value) {
        return new FormatException("This adapter cannot be applied faithfully: " + file + " sets " + key + " to " + value
                + ", and Hone applies LoRA, rsLoRA and DoRA on linear layers only. Merge it with the tool that made it and use the merged model.");
    }

    private static void warnOfUnknown(JsonNode c, Path file) {
        Set<String> unknown = new TreeSet<>();
        c.properties().forEach(setting -> {
            if (!HARMLESS.contains(setting.getKey()) && !REFUSED.contains(setting.getKey())) {
                unknown.add(setting.getKey());
            }
        });
        if (!unknown.isEmpty()) {
            LOG.warn("Unknown keys are ignored: file={} keys={}", file, unknown);
        }
    }

    /** A list, or the one text that PEFT takes for a regular expression or for all-linear. */
    private static List<String> texts(JsonNode node) {
        if (node.isTextual()) {
            return List.of(node.asText());
        }
        List<String> texts = new ArrayList<>();
        node.forEach(n -> texts.add(n.asText()));
        return texts;
    }

    ObjectNode toJson() {
        ObjectNode c = Json.object();
        c.put("peft_type", "LORA").put("task_type", "CAUSAL_LM").put("base_model_name_or_path", baseModel);
        c.put("r", r).put("lora_alpha", loraAlpha).put("lora_dropout", loraDropout);
        targetModules.forEach(c.putArray("target_modules")::add);
        c.put("bias", "none").put("use_rslora", useRslora).put("use_dora", useDora).put("fan_in_fan_out", false);
        c.put("inference_mode", true).put("init_lora_weights", true);
        if (modulesToSave.isEmpty()) {
            c.putNull("modules_to_save");
        } else {
            modulesToSave.forEach(c.putArray("modules_to_save")::add);
        }
        c.put("ensure_weight_tying", tiesWeights);
        c.putNull("layers_to_transform").putNull("layers_pattern").putNull("revision");
        ObjectNode ranks = c.putObject("rank_pattern");
        rankPattern.forEach(ranks::put);
        ObjectNode alphas = c.putObject("alpha_pattern");
        alphaPattern.forEach(alphas::put);
        return c;
    }
}
