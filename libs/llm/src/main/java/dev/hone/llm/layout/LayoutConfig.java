package dev.hone.llm.layout;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.llm.format.Json;
import dev.hone.llm.rounding.Scheme;
import java.util.Collection;
import java.util.List;

/** The {@code quantization_config} of config.json for each layout, as the tools that load it expect it. */
final class LayoutConfig {
    private static final String PACKED = "pack-quantized";
    private static final String BYTES = "int-quantized";

    private LayoutConfig() {}

    /**
     * @param ignored linear modules that are not rounded
     * @param embeddings modules that are rounded to int8
     */
    static ObjectNode compressedTensors(Scheme scheme, boolean packed, Collection<String> ignored, Collection<String> embeddings) {
        String format = packed ? PACKED : BYTES;
        ObjectNode config = Json.object();
        config.put("quant_method", "compressed-tensors").put("format", embeddings.isEmpty() || packed ? format : "mixed-precision").put("quantization_status", "compressed");
        ignored.forEach(config.putArray("ignore")::add);
        ObjectNode groups = config.putObject("config_groups");
        ObjectNode linear = group(groups, "group_0", List.of("Linear"), format);
        ObjectNode weights = weights(linear, scheme.bits(), scheme.symmetric());
        if (scheme.group() > 0) {
            weights.put("strategy", "group").put("group_size", scheme.group());
        } else {
            weights.put("strategy", scheme.group() == Scheme.TENSOR && !packed ? "tensor" : "channel").putNull("group_size");
        }
        if (scheme.activationBits() > 0) {
            linear.putObject("input_activations").put("num_bits", scheme.activationBits()).put("type", "int").put("symmetric", true).put("strategy", "token").put("dynamic", true).putNull("group_size");
        }
        if (!embeddings.isEmpty()) {
            ObjectNode embedding = group(groups, "group_1", embeddings.stream().map(module -> "re:.*" + module.substring(module.lastIndexOf('.') + 1) + "$").toList(), PACKED);
            weights(embedding, 8, true).put("strategy", "channel").putNull("group_size");
        }
        return config;
    }

    /** Each group says its format itself: compressed-tensors would take rounded activations for int-quantized. */
    private static ObjectNode group(ObjectNode groups, String name, Collection<String> targets, String format) {
        ObjectNode group = groups.putObject(name);
        targets.forEach(group.putArray("targets")::add);
        return group.putNull("input_activations").putNull("output_activations").put("format", format);
    }

    private static ObjectNode weights(ObjectNode group, int bits, boolean symmetric) {
        return group.putObject("weights").put("num_bits", bits).put("type", "int").put("symmetric", symmetric).put("dynamic", false);
    }

    /** Zero points are stored in the second form: the first stores them less 1 and has no word for 0. */
    static ObjectNode gptq(Scheme scheme, boolean roundsHead) {
        return Json.object().put("quant_method", "gptq").put("bits", scheme.bits()).put("group_size", scheme.group()).put("desc_act", false).put("sym", scheme.symmetric())
                .put("lm_head", roundsHead).put("checkpoint_format", scheme.symmetric() ? "gptq" : "gptq_v2").put("true_sequential", true);
    }

    static ObjectNode bitsAndBytes(Collection<String> ignored) {
        ObjectNode config = Json.object().put("quant_method", "bitsandbytes").put("load_in_4bit", true).put("load_in_8bit", false).put("_load_in_4bit", true).put("_load_in_8bit", false);
        config.put("bnb_4bit_quant_type", "nf4").put("bnb_4bit_use_double_quant", true).put("bnb_4bit_compute_dtype", "bfloat16").put("bnb_4bit_quant_storage", "uint8");
        config.put("llm_int8_enable_fp32_cpu_offload", false).put("llm_int8_has_fp16_weight", false).put("llm_int8_threshold", 6.0);
        ignored.forEach(config.putArray("llm_int8_skip_modules")::add);
        return config;
    }
}
