package dev.hone.llm.forward;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.QuantizationConfig;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.kernel.FloatRows;
import dev.hone.llm.kernel.IntegerRows;
import dev.hone.llm.kernel.Matrices;
import dev.hone.llm.kernel.Matrix;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.model.ModelWeights;
import dev.hone.llm.rounding.IntegerRounding;
import dev.hone.llm.rounding.Scheme;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Packs a source's weights, one stack after the other, so that no more than one lies in memory twice. */
final class WeightPacker {
    private static final String HEAD = "lm_head";

    /** Weights that are rounded at once: of a large head, some rows. */
    private static final int PIECE = 1 << 26;

    private final ModelConfig config;
    private final WeightSource source;
    private final PackedAs as;
    private final QuantizationConfig quantization;

    /** @param quantization of the files; what it says of activations holds however the weights are packed */
    WeightPacker(ModelConfig config, WeightSource source, PackedAs as, QuantizationConfig quantization) {
        this.config = config;
        this.source = source;
        this.as = as;
        this.quantization = quantization;
    }

    Projection projection(int layer, Projection.Kind kind) {
        List<ModelLayout.Weight> modules = kind.modules(config, layer);
        int bits = quantization.activationBits();
        Optional<List<IntegerRows>> integers = integers(modules, as);
        Matrix matrix = integers.map(rows -> Matrices.integers(rows, bits)).orElseGet(() -> bf16(modules));
        unload(modules);
        return new Projection(kind, matrix, bias(kind.biases(config, layer), modules), bits > 0 && integers.isEmpty());
    }

    /** An output head, or an embedding that is one, too. */
    Head head(ModelLayout.Weight weight) {
        int bits = source.contains(HEAD + ".weight") && source.isQuantized(HEAD + ".weight") ? quantization.activationBits(HEAD) : 0;
        Optional<List<IntegerRows>> integers = integers(List.of(weight), as == PackedAs.INT4 ? PackedAs.INT8 : as);
        Matrix matrix = integers.map(rows -> Matrices.integers(rows, bits)).orElseGet(() -> bf16(List.of(weight)));
        unload(List.of(weight));
        return new Head(matrix, bits > 0 && integers.isEmpty());
    }

    /** @param roundsInputs as in {@link Projection} */
    record Head(Matrix matrix, boolean roundsInputs) {}

    /** An embedding that is read only. */
    Matrix embedding(ModelLayout.Weight weight) {
        Matrix matrix = integers(List.of(weight), PackedAs.STORED).map(rows -> Matrices.integers(rows, 0)).orElseGet(() -> bf16(List.of(weight)));
        unload(List.of(weight));
        return matrix;
    }

    /** @throws dev.hone.llm.format.FormatException if the weight is missing or of another shape */
    float[] vector(ModelLayout.Weight weight) {
        return ModelWeights.inProgram(config, weight, ModelWeights.values(source, weight));
    }

    private Optional<float[]> bias(List<ModelLayout.Weight> places, List<ModelLayout.Weight> modules) {
        if (places.stream().noneMatch(ModelLayout.Weight::isThere)) {
            return Optional.empty();
        }
        float[] all = new float[(int) modules.stream().mapToLong(m -> m.shape()[0]).sum()];
        int at = 0;
        for (int i = 0; i < modules.size(); i++) {
            if (places.get(i).isThere()) {
                float[] values = vector(places.get(i));
                System.arraycopy(values, 0, all, at, values.length);
            }
            at += (int) modules.get(i).shape()[0];
        }
        return Optional.of(all);
    }

    /** Codes of all modules where the files have them, or where plain weights are to be rounded; empty if they go into bf16. */
    private Optional<List<IntegerRows>> integers(List<ModelLayout.Weight> modules, PackedAs wanted) {
        if (wanted == PackedAs.BF16) {
            return Optional.empty();
        }
        List<IntegerRows> stored = modules.stream().flatMap(m -> stored(m).stream()).toList();
        modules.forEach(module -> ModelWeights.requireShape(source, module));
        if (stored.size() == modules.size() && stored.stream().allMatch(rows -> Matrices.holds(rows) && alike(rows, stored.getFirst()))) {
            return Optional.of(stored);
        }
        if (wanted == PackedAs.STORED || modules.stream().anyMatch(m -> source.isQuantized(m.name()))) {
            return Optional.empty();
        }
        List<IntegerRows> rounded = new ArrayList<>();
        modules.forEach(module -> rounded.addAll(rounded(module, wanted)));
        return Optional.of(rounded);
    }

    private static boolean alike(IntegerRows a, IntegerRows b) {
        return a.bits() == b.bits() && a.group() == b.group();
    }

    private Optional<IntegerRows> stored(ModelLayout.Weight weight) {
        return source.contains(weight.name()) ? source.integers(weight.name()).flatMap(IntegerRows::of) : Optional.empty();
    }

    private List<IntegerRows> rounded(ModelLayout.Weight weight, PackedAs wanted) {
        float[] values = ModelWeights.values(source, weight);
        int columns = (int) weight.shape()[1];
        Scheme scheme = scheme(wanted, columns);
        int rows = Math.max(1, PIECE / columns);
        List<IntegerRows> pieces = new ArrayList<>();
        for (int row = 0; row < weight.shape()[0]; row += rows) {
            int count = (int) Math.min(rows, weight.shape()[0] - row);
            float[] piece = count == weight.shape()[0] ? values : Arrays.copyOfRange(values, row * columns, (row + count) * columns);
            pieces.add(IntegerRows.of(IntegerRounding.round(scheme, piece, count, columns, null)));
        }
        return pieces;
    }

    private static Scheme scheme(PackedAs wanted, int columns) {
        int group = columns % 32 == 0 ? 32 : 16;
        return Scheme.of(wanted == PackedAs.INT8 || columns % group != 0 ? "int8" : "int4-g" + group, 32);
    }

    private Matrix bf16(List<ModelLayout.Weight> modules) {
        return Matrices.bf16(modules.stream().map(this::floats).toList());
    }

    /** Row by row where the file has the values, or whole where they are made. */
    private FloatRows floats(ModelLayout.Weight weight) {
        int columns = (int) weight.shape()[1];
        if (!source.contains(weight.name()) || source.bytes(weight.name()).isEmpty()) {
            return FloatRows.of(ModelWeights.values(source, weight), columns);
        }
        ModelWeights.requireShape(source, weight);
        return new FloatRows() {
            @Override
            public int rows() {
                return (int) weight.shape()[0];
            }

            @Override
            public int columns() {
                return columns;
            }

            @Override
            public void row(int row, float[] into) {
                source.floats(weight.name(), (long) row * columns, into);
            }
        };
    }

    private void unload(List<ModelLayout.Weight> weights) {
        weights.forEach(weight -> source.unload(weight.name()));
    }
}
