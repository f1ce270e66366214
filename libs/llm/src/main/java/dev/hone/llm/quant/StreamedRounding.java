package dev.hone.llm.quant;

import dev.hone.llm.format.DType;
import dev.hone.llm.format.FloatCodec;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.layout.ModelWriter;
import dev.hone.llm.nf4.Nf4;
import dev.hone.llm.nf4.Nf4Matrix;
import dev.hone.llm.nf4.Nf4Pieces;
import dev.hone.llm.rounding.Deviation;
import dev.hone.llm.rounding.Extent;
import dev.hone.llm.rounding.Fit;
import dev.hone.llm.rounding.Grid;
import dev.hone.llm.rounding.Importance;
import dev.hone.llm.rounding.IntegerRounding;
import dev.hone.llm.rounding.MinMax;
import dev.hone.llm.rounding.QuantizationFailed;
import dev.hone.llm.rounding.QuantizedMatrix;
import dev.hone.llm.rounding.Range;
import dev.hone.llm.rounding.RowRounding;
import dev.hone.llm.rounding.ScaleType;
import dev.hone.llm.rounding.Scheme;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Rounds a model that nothing has to run through: from one file into the other, a few rows at a time, so that the model may be
 * larger than memory and the disk is what holds it up. Most memory goes to NF4's codes, a quarter of a matrix, and to ranges
 * over a whole matrix other than its extremes, which hold it in f32.
 */
final class StreamedRounding {
    /** How an embedding is rounded beside any scheme. */
    static final Scheme EMBEDDING = Scheme.of("int8", 32);

    private final WeightSource weights;
    private final Scheme scheme;
    private final ScaleType scales;
    private final BooleanSupplier stop;
    private final List<LayerReport> layers = new ArrayList<>();
    private final Map<String, Deviation.Sums> written = new LinkedHashMap<>();

    /**
     * @param scheme of a method that is not {@link Scheme.Method#calibrated}
     * @param scales what the scheme's scales are stored as
     */
    StreamedRounding(WeightSource weights, Scheme scheme, ScaleType scales, BooleanSupplier stop) {
        this.weights = weights;
        this.scheme = scheme;
        this.scales = scales;
        this.stop = stop;
    }

    /**
     * Writes every tensor.
     *
     * @param rounded weights that the scheme rounds
     * @param int8 an embedding that is rounded to int8 by channel
     * @return a report per rounded matrix, in the order of the file
     * @throws QuantizationFailed if a group does not divide a matrix's inputs, or a weight is not finite
     * @throws QuantizationInterrupted if {@code stop} became true
     */
    List<LayerReport> run(Predicate<String> rounded, Predicate<String> int8, ModelWriter writer, QuantizationObserver observer) {
        int total = (int) weights.names().stream().filter(rounded.or(int8)).count();
        for (String name : weights.names()) {
            if (stop.getAsBoolean()) {
                throw new QuantizationInterrupted();
            }
            if (!rounded.or(int8).test(name)) {
                writer.copy(name, weights);
                continue;
            }
            if (int8.test(name)) {
                integers(name, EMBEDDING, ScaleType.BF16, writer);
            } else if (scheme.type().integer()) {
                integers(name, scheme, scales, writer);
            } else if (scheme.type() == Scheme.Type.NF4) {
                normalFloat(name, writer);
            } else {
                halves(name, writer);
            }
            observer.layer(layers.size(), total, name);
        }
        return List.copyOf(layers);
    }

    private void note(String name, Deviation.Sums deviation, double bitsPerWeight) {
        written.put(name, deviation);
        layers.add(new LayerReport(name, deviation.relative(), Double.NaN, bitsPerWeight, ""));
    }

    private void integers(String name, Scheme by, ScaleType stored, ModelWriter writer) {
        RowPieces pieces = RowPieces.of(weights, name);
        int columns = pieces.columns();
        IntegerRounding.requireDivides(by, name, columns);
        Grid grid = IntegerRounding.grid(by, stored);
        Range range = IntegerRounding.range(by);
        Fit whole = by.group() == Scheme.TENSOR ? whole(pieces, grid, range) : null;
        float[] h = Importance.of(null, columns);
        int group = by.groupOf(columns);
        Queue<QuantizedMatrix> used = new ConcurrentLinkedQueue<>();
        Deviation.Sums deviation = pieces.forEach((first, end, values) -> {
            RowRounding rounding = new RowRounding(grid, range, whole, h, columns, group);
            QuantizedMatrix free = used.poll();
            QuantizedMatrix matrix = free != null && free.rows() == end - first ? free : QuantizedMatrix.empty(grid, end - first, columns, group, whole);
            rounding.round(values, 0, end - first, matrix, 0);
            writer.write(name, first, matrix);
            used.add(matrix);
            return rounding.deviation();
        }, stop);
        double scalesPerWeight = whole == null ? 1.0 / group : 1.0 / ((double) pieces.rows() * columns);
        note(name, deviation, grid.bits() + scalesPerWeight * (stored.bits() + (grid.symmetric() ? 0 : grid.bits())));
    }

    /** The extremes are those of the pieces' extremes; other ranges look at the weights together. */
    private Fit whole(RowPieces pieces, Grid grid, Range range) {
        if (!(range instanceof MinMax)) {
            float[] all = pieces.all();
            return range.fit(grid, all, 0, all.length, Importance.of(null, pieces.columns()), 0);
        }
        Extent[] extents = new Extent[pieces.rows()];
        pieces.forEach((first, end, values) -> {
            for (int row = first; row < end; row++) {
                extents[row] = Extent.of(values, (row - first) * pieces.columns(), pieces.columns());
            }
            return Deviation.Sums.NONE;
        }, stop);
        Extent extent = Extent.of(extents);
        return grid.over(extent.low(), extent.high());
    }

    private void normalFloat(String name, ModelWriter writer) {
        RowPieces pieces = RowPieces.of(weights, name);
        Nf4Pieces quantized = new Nf4Pieces(pieces.rows(), pieces.columns());
        // blocks of weights may cross rows, pieces do not cut them
        pieces.forEach((first, end, values) -> {
            quantized.put((long) first * pieces.columns(), values);
            return Deviation.Sums.NONE;
        }, stop);
        Nf4Matrix matrix = quantized.matrix();
        writer.write(name, matrix);
        Deviation.Sums deviation = compared(pieces, (row, values, into) -> matrix.dequantize((long) row * pieces.columns(), into));
        note(name, deviation, 8.0 * matrix.bytes() / ((double) pieces.rows() * pieces.columns()));
    }

    private void halves(String name, ModelWriter writer) {
        RowPieces pieces = RowPieces.of(weights, name);
        DType type = scheme.type() == Scheme.Type.F16 ? DType.F16 : DType.BF16;
        Deviation.Sums deviation = compared(pieces, (row, values, into) -> {
            for (int i = 0; i < into.length; i++) {
                into[i] = type == DType.BF16 ? FloatCodec.roundToBf16(values[i]) : Float.float16ToFloat(Float.floatToFloat16(values[i]));
            }
        });
        writer.copy(name, weights);
        note(name, deviation, 8.0 * type.bytes());
    }

    /** A row of what the weights {@code values} became. */
    private interface Stored {
        void read(int row, float[] values, float[] into);
    }

    private Deviation.Sums compared(RowPieces pieces, Stored stored) {
        return pieces.forEach((first, end, values) -> {
            Deviation deviation = new Deviation(pieces.columns());
            float[] row = new float[pieces.columns()];
            float[] became = new float[pieces.columns()];
            for (int r = first; r < end; r++) {
                System.arraycopy(values, (r - first) * row.length, row, 0, row.length);
                stored.read(r, row, became);
                deviation.add(row, became);
            }
            return deviation.sums();
        }, stop);
    }

    /**
     * Reads everything that was rounded back. What it lost is summed again in the same order, so that the two sums agree to the
     * last bit if every code and scale does.
     *
     * @throws QuantizationFailed if the files do not hold what was rounded
     */
    void readBack(Path directory) {
        try (WeightSource read = WeightSource.open(directory)) {
            written.forEach((name, deviation) -> {
                RowPieces pieces = RowPieces.of(weights, name);
                Deviation.Sums again = compared(pieces, (row, values, into) -> read.floats(name, (long) row * pieces.columns(), into));
                read.unload(name);
                if (!again.equals(deviation)) {
                    throw damaged(name, scheme);
                }
            });
        }
    }

    static QuantizationFailed damaged(String name, Scheme scheme) {
        return new QuantizationFailed("read_back", "Expected to read " + name + " of " + scheme.label() + " back as it was written, found other values: the disk or the memory is damaged.");
    }
}
