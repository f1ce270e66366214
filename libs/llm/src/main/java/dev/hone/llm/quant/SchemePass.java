package dev.hone.llm.quant;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.layout.ModelWriter;
import dev.hone.llm.rounding.QuantizationFailed;
import dev.hone.llm.rounding.ScaleType;
import dev.hone.llm.rounding.Scheme;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/** One scheme from the merged model to files that were read back. */
final class SchemePass {
    private static final String EMBEDDING = "model.embed_tokens.weight";
    private static final String HEAD = "lm_head.weight";

    private final Scheme scheme;
    private final QuantizationSpec spec;
    private final TrainedModel model;
    private final ModelConfig config;
    private final List<int[]> rows;
    private final QuantizationObserver observer;
    private final BooleanSupplier stop;

    /** @param rows tokens to calibrate with; none: no module's inputs are looked at */
    SchemePass(Scheme scheme, QuantizationSpec spec, TrainedModel model, List<int[]> rows, QuantizationObserver observer, BooleanSupplier stop) {
        this.scheme = scheme;
        this.spec = spec;
        this.model = model;
        this.config = ModelConfig.load(model.directory());
        this.rows = rows;
        this.observer = observer;
        this.stop = stop;
        if (scheme.method().calibrated() && rows.isEmpty()) {
            throw new QuantizationFailed("no_calibration", "The scheme " + scheme.label() + " looks at what the modules read: expected calibration rows, found none. Give some, or take a scheme like "
                    + scheme.label().replace(scheme.method().name().toLowerCase(Locale.ROOT), "rtn") + ".");
        }
        if (spec.quantizeHead() && scheme.activationBits() > 0) {
            throw new QuantizationFailed("quantize_head", "With " + scheme.label() + " the head's input would be rounded too, which costs more than its weights save: expected quantize_head with schemes of weights alone.");
        }
    }

    /** Writes the model to {@code directory}. */
    SchemeReport run(Path directory) {
        ScaleType scales = ModelWriter.scales(scheme, spec.layout());
        CalibratedRounding calibrated = new CalibratedRounding(config, model.weights(), scheme, scales, stop);
        StreamedRounding streamed = new StreamedRounding(model.weights(), scheme, scales, stop);
        boolean calibrates = scheme.type().integer() && !rows.isEmpty();
        List<LayerReport> layers;
        long size;
        try (ModelWriter writer = ModelWriter.open(directory, scheme, spec.layout(), this::isRounded, this::isByteEmbedding, model.weights())) {
            layers = calibrates ? calibrated.run(rows, this::isRounded, this::isByteEmbedding, writer, observer) : streamed.run(this::isRounded, this::isByteEmbedding, writer, observer);
            size = writer.finish(model.directory());
        }
        observer.phase("reading back " + scheme.label());
        if (calibrates) {
            calibrated.readBack(directory);
        } else {
            streamed.readBack(directory);
        }
        return new SchemeReport(scheme.label(), directory, size, bitsPerWeight(layers), layers, null, true);
    }

    private boolean isRounded(String name) {
        boolean head = spec.quantizeHead() && !config.tieWordEmbeddings() && scheme.type().rounds() && name.equals(HEAD);
        return MergedWeights.isLinear(name) || head;
    }

    private boolean isByteEmbedding(String name) {
        return spec.quantizeEmbeddings() && ModelWriter.holdsEmbedding(scheme, spec.layout()) && name.equals(EMBEDDING);
    }

    private double bitsPerWeight(List<LayerReport> layers) {
        WeightSource weights = model.weights();
        double all = layers.stream().mapToDouble(layer -> weights.info(layer.name()).elements()).sum();
        return layers.stream().mapToDouble(layer -> layer.bitsPerWeight() * weights.info(layer.name()).elements()).sum() / all;
    }
}
