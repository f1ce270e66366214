package dev.hone.llm.quant;

import java.nio.file.Path;
import java.util.List;

/**
 * @param baseModel directory of the model that was trained
 * @param adapter directory of the adapter, or of whole weights after a full training
 * @param schemes names of {@link Scheme}s, at least one
 * @param groupSize weights that share a scale in int4
 * @param calibrationRows canonical rows (JSONL), or null for none
 * @param calibrationRowCount how many of them to run through the model; 0 switches calibration off
 * @param output gets a directory per scheme and report.json
 */
public record QuantizationSpec(
        Path baseModel, Path adapter, List<String> schemes, int groupSize, Path calibrationRows, int calibrationRowCount, Path output) {
    public QuantizationSpec {
        schemes = List.copyOf(schemes);
        if (schemes.isEmpty()) {
            throw new QuantizationFailed("no_schemes", "Expected at least one quantization scheme, found none. Name int8, int8_asymmetric or int4.");
        }
        if (groupSize < 8 || groupSize % 8 != 0) {
            throw new QuantizationFailed("group_size", "Expected a group size that is a multiple of 8, as eight codes share a word, found " + groupSize + ".");
        }
    }
}
