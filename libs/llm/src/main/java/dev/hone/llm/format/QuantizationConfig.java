package dev.hone.llm.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What {@code quantization_config} in a model's config.json says of its linear modules.
 *
 * @param bits of a weight; 0 where nothing is rounded
 * @param group inputs that share a scale; {@link #CHANNEL}: all of an output's; {@link #TENSOR}: the whole matrix
 * @param symmetric whether there are no zero points
 * @param activationBits what each token's activations are rounded to before a linear module, from its own largest one and
 *     symmetrically; 0: they are not
 * @param ignored modules that are left as they are: their names, or {@code re:} and what their names begin with
 * @param variant the method's own word for its packing: pack-quantized, gptq_v2, nf4; empty where there is none
 */
public record QuantizationConfig(Method method, int bits, int group, boolean symmetric, int activationBits, List<String> ignored, String variant) {
    public static final int CHANNEL = -1;
    public static final int TENSOR = 0;
    /** Of a model whose weights are not rounded. */
    public static final QuantizationConfig NONE = new QuantizationConfig(Method.NONE, 0, CHANNEL, true, 0, List.of(), "");
    private static final String REGEX = "re:";

    /** Whose names and packing the weights have. */
    public enum Method {
        NONE,
        COMPRESSED_TENSORS,
        GPTQ,
        BITSANDBYTES
    }

    public QuantizationConfig {
        ignored = List.copyOf(ignored);
    }

    /**
     * @param modelDirectory one without a config.json counts as not quantized
     * @throws FormatException if the weights are rounded in a way that Hone does not read
     */
    public static QuantizationConfig of(Path modelDirectory) {
        Path file = modelDirectory.resolve("config.json");
        JsonNode config = Files.exists(file) ? Json.read(file).path("quantization_config") : null;
        if (config == null || !config.isObject()) {
            return NONE;
        }
        return switch (config.path("quant_method").asText("?")) {
            case "compressed-tensors" -> compressedTensors(config, file);
            case "gptq" -> gptq(config, file);
            case "bitsandbytes" -> bitsAndBytes(config, file);
            default -> throw foreign(file, config.path("quant_method"), "quant_method");
        };
    }

    private static QuantizationConfig compressedTensors(JsonNode config, Path file) {
        String format = config.path("format").asText("?");
        if (!List.of("pack-quantized", "int-quantized", "naive-quantized", "mixed-precision").contains(format)) {
            throw foreign(file, config.path("format"), "format");
        }
        JsonNode main = mainGroup(config, file);
        JsonNode weights = main.path("weights");
        JsonNode activations = main.path("input_activations");
        if (!weights.path("type").asText("int").equals("int")) {
            throw foreign(file, weights.path("type"), "weights' type");
        }
        int activationBits = activations.isObject() ? activations.path("num_bits").asInt(8) : 0;
        if (activationBits != 0 && !isByToken(activations)) {
            throw foreign(file, activations, "input_activations");
        }
        return new QuantizationConfig(
                Method.COMPRESSED_TENSORS, weights.path("num_bits").asInt(8), group(weights), weights.path("symmetric").asBoolean(true), activationBits, texts(config.path("ignore")), format);
    }

    /** The group of the linear modules; others are for the embedding. */
    private static JsonNode mainGroup(JsonNode config, Path file) {
        JsonNode first = null;
        for (JsonNode group : config.path("config_groups")) {
            if (texts(group.path("targets")).contains("Linear")) {
                return group;
            }
            first = first == null ? group : first;
        }
        if (first == null) {
            throw new FormatException("Expected config_groups in the quantization_config of " + file + ", found none. Quantize the model again, or use the unquantized one.");
        }
        return first;
    }

    private static boolean isByToken(JsonNode activations) {
        return activations.path("type").asText("int").equals("int") && activations.path("num_bits").asInt(8) == 8 && activations.path("dynamic").asBoolean(false)
                && activations.path("symmetric").asBoolean(true) && activations.path("strategy").asText("token").equals("token");
    }

    private static int group(JsonNode weights) {
        return switch (weights.path("strategy").asText(weights.path("group_size").asInt(CHANNEL) > 0 ? "group" : "channel")) {
            case "tensor" -> TENSOR;
            case "group" -> weights.path("group_size").asInt();
            default -> CHANNEL;
        };
    }

    private static QuantizationConfig gptq(JsonNode config, Path file) {
        int bits = config.path("bits").asInt();
        String format = config.path("checkpoint_format").asText("gptq");
        if (bits != 4 && bits != 8) {
            throw foreign(file, config.path("bits"), "bits");
        }
        if (!format.equals("gptq") && !format.equals("gptq_v2")) {
            throw foreign(file, config.path("checkpoint_format"), "checkpoint_format");
        }
        int group = config.path("group_size").asInt(CHANNEL);
        return new QuantizationConfig(Method.GPTQ, bits, group > 0 ? group : CHANNEL, config.path("sym").asBoolean(true), 0, List.of(), format);
    }

    private static QuantizationConfig bitsAndBytes(JsonNode config, Path file) {
        if (!config.path("load_in_4bit").asBoolean(false)) {
            throw foreign(file, config.path("load_in_4bit"), "load_in_4bit");
        }
        return new QuantizationConfig(
                Method.BITSANDBYTES, 4, 64, true, 0, texts(config.path("llm_int8_skip_modules")), config.path("bnb_4bit_quant_type").asText("fp4"));
    }

    private static List<String> texts(JsonNode nodes) {
        List<String> texts = new ArrayList<>();
        nodes.forEach(node -> texts.add(node.asText()));
        return texts;
    }

    private static FormatException foreign(Path file, JsonNode value, String key) {
        return new FormatException("The quantization_config of " + file + " has " + key + " " + (value.isTextual() ? "'" + value.asText() + "'" : value)
                + ", which Hone does not read. It reads compressed-tensors (pack-quantized and int-quantized, activations unrounded or int8 by token), gptq of 4 and 8 bits, bitsandbytes of 4 bits"
                + " and unquantized models.");
    }

    /** Bits of the activations before this module, such as {@code model.layers.0.self_attn.q_proj} or {@code lm_head}; 0 where they are not rounded. */
    public int activationBits(String module) {
        return ignores(module) ? 0 : activationBits;
    }

    /** Whether the module is left as it is. */
    public boolean ignores(String module) {
        return ignored.stream().anyMatch(entry -> entry.startsWith(REGEX) ? matches(entry.substring(REGEX.length()), module) : entry.equals(module));
    }

    private static boolean matches(String regex, String module) {
        try {
            return Pattern.compile(regex).matcher(module).lookingAt();
        } catch (PatternSyntaxException e) {
            throw new FormatException("Expected a regular expression in ignore of quantization_config, found '" + regex + "': " + e.getDescription() + ".", e);
        }
    }
}
