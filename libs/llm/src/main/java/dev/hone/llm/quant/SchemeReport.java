package dev.hone.llm.quant;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * @param directory the quantized model
 * @param sizeBytes of its weights file: codes of the quantized modules, and the rest in bf16
 * @param bitsPerWeight of the quantized modules together, scales and zero points counted
 * @param fidelity against the merged model; null where nothing was compared
 * @param withinBudget whether it stays within the budget
 */
public record SchemeReport(String scheme, Path directory, long sizeBytes, double bitsPerWeight, List<LayerReport> layers, Fidelity fidelity, boolean withinBudget) {
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

    /** The module whose output suffers most, or whose weights do where there was no calibration. */
    public Optional<LayerReport> worst() {
        return layers.stream().max(Comparator.comparingDouble(l -> Double.isNaN(l.outputError()) ? l.relativeError() : l.outputError()));
    }

    SchemeReport with(Fidelity measured, Budget budget) {
        return new SchemeReport(scheme, directory, sizeBytes, bitsPerWeight, layers, measured, budget.allows(sizeBytes, measured));
    }

    private double mean(ToDoubleFunction<LayerReport> value) {
        return layers.stream().mapToDouble(value).average().orElse(Double.NaN);
    }
}
