package dev.hone.llm.quant;

import dev.hone.llm.format.FloatCodec;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.model.LayerInputs;
import dev.hone.llm.model.LayerWalk;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.nf4.Nf4;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Rounds a model to one scheme, layer by layer. With calibration, rows go through the layers that are rounded already, so that
 * each module is rounded for the inputs it will really get; memory holds one layer and the rows' activations.
 */
final class SchemePass {
    private final Scheme scheme;
    private final QuantizationSpec spec;
    private final TrainedModel model;
    private final ModelConfig config;
    private final List<int[]> rows;
    private final QuantizationObserver observer;
    private final BooleanSupplier stop;
    private final List<LayerReport> layers = new ArrayList<>();
    /** A hash of every rounded matrix as it should be read back. */
    private final Map<String, Integer> written = new HashMap<>();
    private final int total;
    private long bits;
    private long weights;

    /** @param rows tokens to calibrate with; none: no module's inputs are looked at */
    SchemePass(Scheme scheme, QuantizationSpec spec, TrainedModel model, List<int[]> rows, QuantizationObserver observer, BooleanSupplier stop) {
        this.scheme = scheme;
        this.spec = spec;
        this.model = model;
        this.config = ModelConfig.load(model.directory());
        this.rows = rows;
        this.observer = observer;
        this.stop = stop;
        this.total = config.numHiddenLayers() * ModelLayout.linears(config, 0).size() + (roundsHead() ? 1 : 0) + (roundsEmbedding() ? 1 : 0);
        if (scheme.method().calibrated() && rows.isEmpty()) {
            throw new QuantizationFailed("no_calibration", "The scheme " + scheme.label() + " looks at what the modules read: expected calibration rows, found none. Give some, or take a scheme like "
                    + scheme.label().replace(scheme.method().name().toLowerCase(java.util.Locale.ROOT), "mse") + ".");
        }
    }

    private boolean roundsHead() {
        return spec.quantizeHead() && !config.tieWordEmbeddings() && scheme.type().rounds();
    }

    private boolean roundsEmbedding() {
        return spec.quantizeEmbeddings() && ModelWriter.holdsEmbedding(scheme, spec.layout());
    }

    private boolean isRounded(String name) {
        return MergedWeights.isLinear(name) || roundsHead() && name.equals("lm_head.weight");
    }

    private boolean isByteEmbedding(String name) {
        return roundsEmbedding() && name.equals("model.embed_tokens.weight");
    }

    /** Writes the model to {@code directory} and reads it back. */
    SchemeReport run(Path directory) {
        long size;
        try (ModelWriter writer = ModelWriter.open(directory, scheme, spec.layout(), this::isRounded, this::isByteEmbedding, model.weights())) {
            Map<String, float[]> changed = layers(writer);
            others(writer, changed);
            size = writer.finish(model.directory());
        }
        readBack(directory);
        return new SchemeReport(scheme.label(), directory, size, bits / (double) weights, layers, null, true);
    }

    private Map<String, float[]> layers(ModelWriter writer) {
        Map<String, float[]> changed = new HashMap<>();
        boolean calibrates = scheme.type().integer() && !rows.isEmpty();
        try (LayerWalk walk = calibrates ? LayerWalk.through(config, model.weights(), Comparison.precisionOf(config), scheme.activationBits(), rows) : null) {
            for (int number = 0; number < config.numHiddenLayers(); number++) {
                checkStop();
                LayerInWork layer = new LayerInWork(config, number, model.weights(), walk);
                if (scheme.method() == Scheme.Method.AWQ || scheme.method() == Scheme.Method.SMOOTHQUANT) {
                    new ChannelScaling(scheme, layer).apply(walk);
                }
                for (int stage = 0; stage < LayerWalk.STAGES; stage++) {
                    stage(writer, layer, stage, walk);
                }
                layer.changes().forEach((name, values) -> {
                    if (!MergedWeights.isLinear(name)) {
                        changed.put(name, values);
                    }
                });
                if (walk != null && number + 1 < config.numHiddenLayers()) {
                    walk.advance();
                }
            }
        }
        return changed;
    }

    private void stage(ModelWriter writer, LayerInWork layer, int stage, LayerWalk walk) {
        try (LayerInputs inputs = walk == null ? null : walk.inputs(stage)) {
            for (int n = 0; n < ModelLayout.LINEARS; n++) {
                int place = ModelLayout.placeOfLinear(n);
                if (LayerWalk.stageOf(n) == stage && layer.has(place)) {
                    checkStop();
                    ModelLayout.Weight weight = layer.place(place);
                    float[] rounded = round(writer, weight.name(), weight.shape(), layer.values(place), inputs);
                    layer.show(place, rounded);
                    observer.layer(layers.size(), total, weight.module());
                }
            }
        }
    }

    /** Stores a matrix and tells what it became. */
    private float[] round(ModelWriter writer, String name, long[] shape, float[] values, LayerInputs inputs) {
        int outputs = (int) shape[0];
        int columns = (int) shape[1];
        if (!scheme.type().integer()) {
            writer.write(name, values);
            float[] stored = plain(values, outputs, columns);
            note(name, values, stored, scheme.expectedBits(), null, "");
            return stored;
        }
        float[] importance = inputs == null ? null : inputs.moments();
        QuantizedMatrix nearest = IntegerRounding.round(scheme, ModelWriter.scales(scheme, spec.layout()), values, outputs, columns, importance);
        Gptq.Result result = scheme.method() == Scheme.Method.GPTQ && inputs != null ? Gptq.round(scheme, nearest, values, inputs) : new Gptq.Result(nearest, "");
        writer.write(name, result.matrix());
        float[] stored = result.matrix().dequantize();
        note(name, values, stored, result.matrix().storedBits() / (double) values.length, inputs, result.note());
        return stored;
    }

    private float[] plain(float[] values, int rows, int columns) {
        if (scheme.type() == Scheme.Type.NF4) {
            return Nf4.roundTrip(values, rows, columns);
        }
        float[] stored = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            stored[i] = scheme.type() == Scheme.Type.BF16 ? FloatCodec.roundToBf16(values[i]) : Float.float16ToFloat(Float.floatToFloat16(values[i]));
        }
        return stored;
    }

    private void note(String name, float[] values, float[] stored, double bitsPerWeight, LayerInputs inputs, String note) {
        double lost = 0;
        double whole = 0;
        for (int i = 0; i < values.length; i++) {
            double difference = (double) values[i] - stored[i];
            lost += difference * difference;
            whole += (double) values[i] * values[i];
        }
        double output = inputs == null ? Double.NaN : inputs.loss(null, values, stored, scheme.activationBits()).relative();
        layers.add(new LayerReport(name, Norms.ratio(lost, whole), output, bitsPerWeight, note));
        bits += Math.round(bitsPerWeight * values.length);
        weights += values.length;
        written.put(name, Arrays.hashCode(stored));
    }

    private void others(ModelWriter writer, Map<String, float[]> changed) {
        for (String name : model.weights().names()) {
            if (MergedWeights.isLinear(name)) {
                continue;
            }
            checkStop();
            if (isRounded(name)) {
                round(writer, name, model.weights().info(name).dimensions(), model.weights().floats(name), null);
                observer.layer(layers.size(), total, name);
            } else if (isByteEmbedding(name)) {
                embedding(writer, name);
                observer.layer(layers.size(), total, name);
            } else if (changed.containsKey(name)) {
                writer.write(name, changed.get(name));
            } else {
                writer.copy(name, model.weights());
            }
        }
    }

    private void embedding(ModelWriter writer, String name) {
        long[] shape = model.weights().info(name).dimensions();
        float[] values = model.weights().floats(name);
        QuantizedMatrix matrix = IntegerRounding.round(Scheme.of("int8", 32), ScaleType.BF16, values, (int) shape[0], (int) shape[1], null);
        writer.write(name, matrix);
        note(name, values, matrix.dequantize(), matrix.storedBits() / (double) values.length, null, "");
    }

    /** @throws QuantizationFailed if the files do not hold what was rounded */
    private void readBack(Path directory) {
        try (WeightSource read = WeightSource.open(directory)) {
            written.forEach((name, hash) -> {
                checkStop();
                if (Arrays.hashCode(read.floats(name)) != hash) {
                    throw new QuantizationFailed("read_back", "Expected to read " + name + " of " + scheme.label() + " back as it was written, found other values: the disk or the memory is damaged.");
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
