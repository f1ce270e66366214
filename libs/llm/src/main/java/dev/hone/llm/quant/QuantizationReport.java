package dev.hone.llm.quant;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.llm.format.Json;
import java.nio.file.Path;
import java.util.List;

/**
 * @param schemes all that were made and measured, in the order in which they were tried
 * @param chosen the scheme to serve: the first, or with a budget the smallest within it; empty where only exports were made
 * @param parity null where nothing was compared
 * @param protocol how fidelity was measured, in words
 * @param calibrationRows rows that ran through the model
 * @param calibrationTokens their tokens
 * @param mergedBytes size of the merged model with every weight in bf16, to compare with
 */
public record QuantizationReport(
        List<SchemeReport> schemes, String chosen, List<ExportReport> exports, Parity parity, String protocol, int groupSize, int calibrationRows, long calibrationTokens, long mergedBytes) {
    public QuantizationReport {
        schemes = List.copyOf(schemes);
        exports = List.copyOf(exports);
    }

    /** What this says of one scheme. */
    QuantizationReport of(SchemeReport scheme) {
        return new QuantizationReport(List.of(scheme), chosen, List.of(), parity, protocol, groupSize, calibrationRows, calibrationTokens, mergedBytes);
    }

    void write(Path file) {
        ObjectNode root = Json.object();
        root.put("chosen", chosen).put("group_size", groupSize).put("calibration_rows", calibrationRows).put("calibration_tokens", calibrationTokens).put("merged_bytes", mergedBytes);
        if (!protocol.isEmpty()) {
            root.put("protocol", protocol);
        }
        ArrayNode array = root.putArray("schemes");
        schemes.forEach(scheme -> write(array.addObject(), scheme));
        ArrayNode files = root.putArray("exports");
        for (ExportReport export : exports) {
            ObjectNode node = files.addObject().put("name", export.name()).put("size_bytes", export.sizeBytes()).put("relative_error", export.relativeError());
            export.notes().forEach(node.putArray("notes")::add);
        }
        if (parity != null) {
            write(root.putObject("parity"), parity);
        }
        Json.write(file, root);
    }

    private static void write(ObjectNode node, SchemeReport scheme) {
        node.put("scheme", scheme.scheme()).put("size_bytes", scheme.sizeBytes()).put("bits_per_weight", scheme.bitsPerWeight()).put("within_budget", scheme.withinBudget());
        errors(node, scheme.relativeError(), scheme.outputError());
        if (scheme.fidelity() != null) {
            write(node.putObject("fidelity"), scheme.fidelity());
        }
        ArrayNode layers = node.putArray("layers");
        for (LayerReport layer : scheme.layers()) {
            ObjectNode entry = layers.addObject().put("name", layer.name()).put("bits_per_weight", layer.bitsPerWeight());
            errors(entry, layer.relativeError(), layer.outputError());
            if (!layer.note().isEmpty()) {
                entry.put("note", layer.note());
            }
        }
    }

    private static void write(ObjectNode node, Fidelity fidelity) {
        node.put("perplexity", fidelity.perplexity()).put("reference_perplexity", fidelity.referencePerplexity()).put("mean_kl_divergence", fidelity.meanKl())
                .put("p999_kl_divergence", fidelity.p999Kl()).put("same_top", fidelity.sameTop()).put("tokens", fidelity.tokens());
    }

    private static void write(ObjectNode node, Parity parity) {
        if (parity.merged() != null) {
            write(node.putObject("merged"), parity.merged());
        }
        ArrayNode prompts = node.putArray("prompts");
        for (Parity.Prompt prompt : parity.prompts()) {
            prompts.addObject().put("prompt", prompt.prompt()).put("adapter_answer", prompt.adapterAnswer()).put("merged_answer", prompt.mergedAnswer())
                    .put("quantized_answer", prompt.quantizedAnswer()).put("mean_kl_divergence", prompt.meanKl());
        }
    }

    /** JSON has no NaN: without calibration there is no output error. */
    private static void errors(ObjectNode node, double relative, double output) {
        node.put("relative_error", relative);
        if (!Double.isNaN(output)) {
            node.put("output_error", output);
        }
    }
}
