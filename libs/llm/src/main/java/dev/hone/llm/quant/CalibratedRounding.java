package dev.hone.llm.quant;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.layout.ModelWriter;
import dev.hone.llm.model.LayerInputs;
import dev.hone.llm.model.LayerWalk;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.rounding.IntegerRounding;
import dev.hone.llm.rounding.Norms;
import dev.hone.llm.rounding.QuantizedMatrix;
import dev.hone.llm.rounding.ScaleType;
import dev.hone.llm.rounding.Scheme;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Rounds a model layer by layer while rows run through it: through the layers that are rounded already, so that each module is
 * rounded for the inputs it will really get. Memory holds one layer and the rows' activations.
 */
final class CalibratedRounding {
    private final Scheme scheme;
    private final ScaleType scales;
    private final ModelConfig config;
    private final WeightSource weights;
    private final BooleanSupplier stop;
    private final List<LayerReport> layers = new ArrayList<>();
    /** A hash of every rounded matrix as it should be read back. */
    private final Map<String, Integer> written = new HashMap<>();

    CalibratedRounding(ModelConfig config, WeightSource weights, Scheme scheme, ScaleType scales, BooleanSupplier stop) {
        this.config = config;
        this.weights = weights;
        this.scheme = scheme;
        this.scales = scales;
        this.stop = stop;
    }

    /**
     * Writes every tensor.
     *
     * @param rows tokens, at least one row
     * @param rounded weights that the scheme rounds
     * @param int8 an embedding that is rounded to int8 by channel
     * @return a report per rounded matrix, in the order of the layers
     */
    List<LayerReport> run(List<int[]> rows, Predicate<String> rounded, Predicate<String> int8, ModelWriter writer, QuantizationObserver observer) {
        int total = (int) weights.names().stream().filter(rounded.or(int8)).count();
        Map<String, float[]> changed = layers(rows, writer, total, observer);
        for (String name : weights.names()) {
            if (!MergedWeights.isLinear(name)) {
                checkStop();
                other(name, rounded, int8, changed, writer);
                if (rounded.or(int8).test(name)) {
                    observer.layer(layers.size(), total, name);
                }
            }
        }
        return List.copyOf(layers);
    }

    /** @return the norms and biases that scaling has changed */
    private Map<String, float[]> layers(List<int[]> rows, ModelWriter writer, int total, QuantizationObserver observer) {
        Map<String, float[]> changed = new HashMap<>();
        try (LayerWalk walk = LayerWalk.through(config, weights, Comparison.precisionOf(config), scheme.activationBits(), rows)) {
            for (int number = 0; number < config.numHiddenLayers(); number++) {
                checkStop();
                LayerInWork layer = new LayerInWork(config, number, weights, walk);
                if (scheme.method() == Scheme.Method.AWQ || scheme.method() == Scheme.Method.SMOOTHQUANT) {
                    new ChannelScaling(scheme, layer).apply(walk);
                }
                for (int stage = 0; stage < LayerWalk.STAGES; stage++) {
                    stage(writer, layer, stage, walk, total, observer);
                }
                layer.changes().forEach((name, values) -> {
                    if (!MergedWeights.isLinear(name)) {
                        changed.put(name, values);
                    }
                });
                if (number + 1 < config.numHiddenLayers()) {
                    walk.advance();
                }
            }
        }
        return changed;
    }

    private void stage(ModelWriter writer, LayerInWork layer, int stage, LayerWalk walk, int total, QuantizationObserver observer) {
        try (LayerInputs inputs = walk.inputs(stage)) {
            for (int n = 0; n < ModelLayout.LINEARS; n++) {
                int place = ModelLayout.placeOfLinear(n);
                if (LayerWalk.stageOf(n) == stage && layer.has(place)) {
                    checkStop();
                    ModelLayout.Weight weight = layer.place(place);
                    layer.show(place, round(writer, weight.name(), weight.shape(), layer.values(place), inputs));
                    observer.layer(layers.size(), total, weight.name());
                }
            }
        }
    }

    /** Stores a matrix and tells what it became. */
    private float[] round(ModelWriter writer, String name, long[] shape, float[] values, LayerInputs inputs) {
        int outputs = (int) shape[0];
        int columns = (int) shape[1];
        IntegerRounding.requireDivides(scheme, name, columns);
        QuantizedMatrix nearest = IntegerRounding.round(scheme, scales, values, outputs, columns, inputs.moments());
        Gptq.Result result = scheme.method() == Scheme.Method.GPTQ ? Gptq.round(scheme, nearest, values, inputs) : new Gptq.Result(nearest, "");
        float[] stored = store(writer, name, result.matrix());
        note(name, values, stored, result, inputs.loss(null, values, stored, scheme.activationBits()).relative());
        return stored;
    }

    private float[] store(ModelWriter writer, String name, QuantizedMatrix matrix) {
        writer.write(name, matrix);
        float[] stored = matrix.dequantize();
        written.put(name, Arrays.hashCode(stored));
        return stored;
    }

    private void note(String name, float[] values, float[] stored, Gptq.Result result, double outputError) {
        double lost = 0;
        double whole = 0;
        for (int i = 0; i < values.length; i++) {
            double difference = (double) values[i] - stored[i];
            lost += difference * difference;
            whole += (double) values[i] * values[i];
        }
        layers.add(new LayerReport(name, Norms.ratio(lost, whole), outputError, result.matrix().storedBits() / (double) values.length, result.note()));
    }

    private void other(String name, Predicate<String> rounded, Predicate<String> int8, Map<String, float[]> changed, ModelWriter writer) {
        if (rounded.or(int8).test(name)) {
            long[] shape = weights.info(name).dimensions();
            float[] values = weights.floats(name);
            Scheme by = int8.test(name) ? StreamedRounding.EMBEDDING : scheme;
            QuantizedMatrix matrix = IntegerRounding.round(by, int8.test(name) ? ScaleType.BF16 : scales, values, (int) shape[0], (int) shape[1], null);
            note(name, values, store(writer, name, matrix), new Gptq.Result(matrix, ""), Double.NaN);
        } else if (changed.containsKey(name)) {
            writer.write(name, changed.get(name));
        } else {
            writer.copy(name, weights);
        }
    }

    /** @throws QuantizationFailed if the files do not hold what was rounded */
    void readBack(Path directory) {
        try (WeightSource read = WeightSource.open(directory)) {
            written.forEach((name, hash) -> {
                checkStop();
                if (Arrays.hashCode(read.floats(name)) != hash) {
                    throw StreamedRounding.damaged(name, scheme);
                }
            });
        }
    }

    private void checkStop() {
        if (stop.getAsBoolean()) {
            throw new QuantizationInterrupted();
        }
    }
}
