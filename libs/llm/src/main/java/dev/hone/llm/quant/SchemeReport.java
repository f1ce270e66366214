package dev.hone.llm.quant;

import java.nio.file.Path;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * @param directory the quantized model
 * @param sizeBytes of its weights file: codes of the linear modules, and the rest in bf16
 * @param bitsPerWeight of the quantized modules together, scales and zero points counted
 */
public record SchemeReport(String scheme, Path directory, long sizeBytes, double bitsPerWeight, List<LayerReport> layers) {
    public SchemeReport {
        layers = List.copyOf(layers);
    }

    /** Mean over modules of {@link LayerReport#relativeError}. */
    public double relativeError() {
        return mean(LayerReport::relativeError);
    }

    /** Mean over modules of {@link LayerReport#outputError}; NaN without calibration. */
    public double outputError() {
        return mean(LayerReport::outputError);
    }

    private double mean(ToDoubleFunction<LayerReport> value) {
        return layers.stream().mapToDouble(value).average().orElse(Double.NaN);
    }
}
