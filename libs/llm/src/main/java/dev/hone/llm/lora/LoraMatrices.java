package dev.hone.llm.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.AdapterConfig;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.model.ModelProgram;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * An adapter's matrices (Hu et al. 2021, arXiv:2106.09685) in the program's order: per layer and linear module A [r, in],
 * B [out, r], DoRA's magnitude [out] and the scale, all f32, and empty tensors where a module has
 * no adapter.
 *
 * @param layers per layer four tensors a module
 * @param learning the tensors of A, B and magnitudes, by {@code <module>.lora_A}, in the program's order, per layer
 */
public record LoraMatrices(List<List<NDArray>> layers, List<Map<String, NDArray>> learning) {
    public static final String A = ".lora_A";
    public static final String B = ".lora_B";
    public static final String MAGNITUDE = ".lora_magnitude_vector";

    /** All layers' tensors in one list, as generation reads them. */
    public List<NDArray> list() {
        return layers.stream().flatMap(List::stream).toList();
    }

    private static LoraMatrices build(NDManager manager, TorchProgram program, ModelConfig config, AdapterConfig adapter, Function<ModelLayout.Weight, Optional<AdapterFiles.Pair>> pairOf) {
        List<List<NDArray>> layers = new ArrayList<>();
        List<Map<String, NDArray>> learning = new ArrayList<>();
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            List<NDArray> tensors = new ArrayList<>();
            Map<String, NDArray> named = new java.util.LinkedHashMap<>();
            for (int n = 0; n < ModelLayout.LINEARS; n++) {
                ModelLayout.linear(config, layer, n).flatMap(place -> pairOf.apply(place).map(pair -> Map.entry(place, pair))).ifPresentOrElse(
                        found -> add(manager, program, adapter, found.getKey().module(), found.getValue(), tensors, named),
                        () -> java.util.stream.IntStream.range(0, 4).forEach(i -> tensors.add(ModelProgram.none(manager))));
            }
            layers.add(tensors);
            learning.add(named);
        }
        return new LoraMatrices(layers, learning);
    }

    private static void add(NDManager manager, TorchProgram program, AdapterConfig adapter, String module, AdapterFiles.Pair pair, List<NDArray> tensors, Map<String, NDArray> named) {
        NDArray a = leaf(manager, program, pair.a(), new Shape(pair.r(), pair.in()));
        NDArray b = leaf(manager, program, pair.b(), new Shape(pair.out(), pair.r()));
        NDArray magnitude = pair.isDora() ? leaf(manager, program, pair.magnitude(), new Shape(pair.out())) : ModelProgram.none(manager);
        tensors.addAll(List.of(a, b, magnitude, manager.create((float) adapter.scale(module))));
        named.put(module + A, a);
        named.put(module + B, b);
        if (pair.isDora()) {
            named.put(module + MAGNITUDE, magnitude);
        }
    }

    /** A tensor whose gradient can be asked for; a copy, because the first one's memory belongs to a buffer of Java's. */
    public static NDArray leaf(NDManager manager, TorchProgram program, float[] values, Shape shape) {
        try (NDArray plain = manager.create(values, shape)) {
            return program.train(manager, "parameter", plain).get(0);
        }
    }

    /**
     * Fresh matrices as PEFT draws them: A uniform in ±1/√in (Kaiming with a = √5), B zero, and with DoRA magnitudes the
     * lengths of the base's rows, so that the adapted model begins as the base.
     *
     * @param modules that get an adapter
     * @param base the weights that the adapter stands on, by module; asked for with DoRA only
     */
    public static LoraMatrices drawn(NDManager manager, TorchProgram program, ModelConfig config, AdapterConfig adapter, List<String> modules, long seed, Function<ModelLayout.Weight, float[]> base) {
        Random random = new Random(seed);
        return build(manager, program, config, adapter, place -> modules.contains(place.module())
                ? Optional.of(drawn(place, adapter, random, base)) : Optional.empty());
    }

    private static AdapterFiles.Pair drawn(ModelLayout.Weight place, AdapterConfig adapter, Random random, Function<ModelLayout.Weight, float[]> base) {
        int out = (int) place.shape()[0];
        int in = (int) place.shape()[1];
        int r = adapter.rank(place.module());
        float bound = (float) (1 / Math.sqrt(in));
        float[] a = new float[Math.multiplyExact(r, in)];
        for (int i = 0; i < a.length; i++) {
            a[i] = (2 * random.nextFloat() - 1) * bound;
        }
        float[] magnitude = adapter.useDora() ? rowLengths(base.apply(place), out, in) : new float[0];
        return new AdapterFiles.Pair(in, out, r, a, new float[Math.multiplyExact(out, r)], magnitude);
    }

    static float[] rowLengths(float[] weights, int out, int in) {
        float[] lengths = new float[out];
        for (int row = 0; row < out; row++) {
            double sum = 0;
            for (int i = row * in; i < (row + 1) * in; i++) {
                sum += (double) weights[i] * weights[i];
            }
            lengths[row] = (float) Math.sqrt(sum);
        }
        return lengths;
    }

    /**
     * The matrices of a trained adapter.
     *
     * @throws FormatException if a module that the adapter names is none of this model's, or of another shape
     */
    public static LoraMatrices of(NDManager manager, TorchProgram program, ModelConfig config, AdapterFiles adapter) {
        Map<String, AdapterFiles.Pair> left = new HashMap<>(adapter.pairs());
        LoraMatrices matrices = build(manager, program, config, adapter.config(), place -> {
            Optional<AdapterFiles.Pair> pair = Optional.ofNullable(left.remove(place.module()));
            pair.ifPresent(p -> requireFit(place, p));
            return pair;
        });
        if (!left.isEmpty()) {
            throw new FormatException("The adapter has matrices for " + adapter.pairs().size() + " modules, and the base model knows " + (adapter.pairs().size() - left.size())
                    + " of them: it was trained on another model.");
        }
        return matrices;
    }

    private static void requireFit(ModelLayout.Weight place, AdapterFiles.Pair pair) {
        if (pair.out() != place.shape()[0] || pair.in() != place.shape()[1]) {
            throw new FormatException("The adapter's " + place.module() + " maps " + pair.in() + " to " + pair.out() + " values, the base model's "
                    + place.shape()[1] + " to " + place.shape()[0] + ": it was trained on another model.");
        }
    }

    /** Trained values, by the names of {@link #learning}, as PEFT's pairs. */
    public static Map<String, AdapterFiles.Pair> pairs(ModelConfig config, AdapterConfig adapter, Map<String, float[]> values) {
        Map<String, AdapterFiles.Pair> pairs = new TreeMap<>();
        for (ModelLayout.Weight place : ModelLayout.weights(config)) {
            if (place.linear() && values.containsKey(place.module() + A)) {
                String module = place.module();
                pairs.put(module, new AdapterFiles.Pair((int) place.shape()[1], (int) place.shape()[0], adapter.rank(module),
                        values.get(module + A), values.get(module + B), values.getOrDefault(module + MAGNITUDE, new float[0])));
            }
        }
        return pairs;
    }
}
