package dev.hone.llm.quant;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One scheme's directory while it is being written, and what has been measured so far. */
final class SchemeRun implements AutoCloseable {
    private final Scheme scheme;
    private final QuantizedDirectory directory;
    private final List<LayerReport> layers = new ArrayList<>();
    private double bitsOfLast;
    private long bits;
    private long quantized;

    SchemeRun(Scheme scheme, QuantizedDirectory directory) {
        this.scheme = scheme;
        this.directory = directory;
    }

    QuantizedDirectory directory() {
        return directory;
    }

    /** Stores the module's codes and returns W − Q(W). */
    float[] quantize(String name, float[] weights, int rows, int columns, float[] importance) {
        QuantizedMatrix matrix = IntegerRounding.round(scheme, weights, rows, columns, importance);
        directory.write(name, matrix);
        bits += matrix.storedBits();
        quantized += weights.length;
        bitsOfLast = matrix.storedBits() / (double) weights.length;
        float[] difference = matrix.dequantize();
        for (int i = 0; i < difference.length; i++) {
            difference[i] = weights[i] - difference[i];
        }
        return difference;
    }

    void measured(String name, double relativeError, double outputError) {
        layers.add(new LayerReport(name, relativeError, outputError, bitsOfLast, ""));
    }

    SchemeReport finish(Path model, Path output) {
        long size = directory.finish(model);
        return new SchemeReport(scheme.label(), output.resolve(scheme.label()), size, bits / (double) quantized, layers, null, true);
    }

    @Override
    public void close() {
        directory.close();
    }
}
