package dev.hone.llm.quant;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.llm.format.Json;
import java.nio.file.Path;
import java.util.List;

/**
 * @param schemes all that were made and measured, in the order in which they were tried
 * @param chosen the scheme to serve: the first, or with a budget the smallest within it
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

    void write(Path file) {
        ObjectNode root = Json.object();
        root.put("group_size", groupSize).put("calibration_rows", calibrationRows).put("calibration_tokens", calibrationTokens).put("merged_bytes", mergedBytes);
        ArrayNode array = root.putArray("schemes");
        for (SchemeReport scheme : schemes) {
            ObjectNode node = array.addObject();
            node.put("scheme", scheme.scheme()).put("size_bytes", scheme.sizeBytes()).put("bits_per_weight", scheme.bitsPerWeight());
            errors(node, scheme.relativeError(), scheme.outputError());
            ArrayNode layers = node.putArray("layers");
            for (LayerReport layer : scheme.layers()) {
                errors(layers.addObject().put("name", layer.name()).put("bits_per_weight", layer.bitsPerWeight()), layer.relativeError(), layer.outputError());
            }
        }
        Json.write(file, root);
    }

    /** JSON has no NaN: without calibration there is no output error. */
    private static void errors(ObjectNode node, double relative, double output) {
        node.put("relative_error", relative);
        if (!Double.isNaN(output)) {
            node.put("output_error", output);
        }
    }
}
