package dev.hone.llm.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.model.ModelProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * An adapter's matrices (Hu et al. 2021, arXiv:2106.09685) in the program's order: A [r, in] and B [out, r] per layer and
 * linear module, f32; a placeholder where a module has none.
 */
public final class LoraMatrices {
    private static final String A = ".lora_A";
    private static final String B = ".lora_B";

    private LoraMatrices() {}

    /**
     * Names of the matrices in the program's order, null for a placeholder.
     *
     * @param targeted by module name, {@code model.layers.0.self_attn.q_proj}
     */
    public static List<String> names(ModelConfig config, Predicate<String> targeted) {
        List<String> names = new ArrayList<>();
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            for (int n = 0; n < ModelLayout.LINEARS.size(); n++) {
                String module = ModelLayout.linear(layer, n);
                boolean has = targeted.test(module);
                names.add(has ? module + A : null);
                names.add(has ? module + B : null);
            }
        }
        return names;
    }

    /**
     * Fresh matrices as PEFT draws them: A uniform in ±1/√in (Kaiming with a = √5), B zero, so that the adapted model
     * begins as the base.
     */
    public static List<NDArray> drawn(NDManager manager, ModelConfig config, Predicate<String> targeted, int r, long seed) {
        Random random = new Random(seed);
        List<NDArray> matrices = new ArrayList<>();
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            for (int n = 0; n < ModelLayout.LINEARS.size(); n++) {
                if (!targeted.test(ModelLayout.linear(layer, n))) {
                    matrices.add(ModelProgram.none(manager));
                    matrices.add(ModelProgram.none(manager));
                    continue;
                }
                long[] shape = ModelLayout.linearShape(config, n);
                float bound = (float) (1 / Math.sqrt(shape[1]));
                float[] a = new float[Math.toIntExact(r * shape[1])];
                for (int i = 0; i < a.length; i++) {
                    a[i] = (2 * random.nextFloat() - 1) * bound;
                }
                matrices.add(manager.create(a, new Shape(r, shape[1])));
                matrices.add(manager.zeros(new Shape(shape[0], r)));
            }
        }
        return matrices;
    }

    /**
     * The matrices of a trained adapter.
     *
     * @throws FormatException if a module that the adapter names is none of this model's, or of another shape
     */
    public static List<NDArray> of(NDManager manager, ModelConfig config, AdapterFiles adapter) {
        List<NDArray> matrices = new ArrayList<>();
        int found = 0;
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            for (int n = 0; n < ModelLayout.LINEARS.size(); n++) {
                String module = ModelLayout.linear(layer, n);
                AdapterFiles.Pair pair = adapter.pair(module).orElse(null);
                if (pair == null) {
                    matrices.add(ModelProgram.none(manager));
                    matrices.add(ModelProgram.none(manager));
                    continue;
                }
                found++;
                requireFit(module, pair, ModelLayout.linearShape(config, n));
                matrices.add(manager.create(pair.a(), new Shape(pair.r(), pair.in())));
                matrices.add(manager.create(pair.b(), new Shape(pair.out(), pair.r())));
            }
        }
        if (found != adapter.pairs().size()) {
            throw new FormatException("The adapter has matrices for " + adapter.pairs().size() + " modules, and the base model knows " + found
                    + " of them: it was trained on another model.");
        }
        return matrices;
    }

    private static void requireFit(String module, AdapterFiles.Pair pair, long[] shape) {
        if (pair.out() != shape[0] || pair.in() != shape[1]) {
            throw new FormatException("The adapter's " + module + " maps " + pair.in() + " to " + pair.out() + " values, the base model's " + shape[1] + " to " + shape[0]
                    + ": it was trained on another model.");
        }
    }

    /** Trained values, by the names of {@link #names}, as PEFT's pairs. */
    public static Map<String, AdapterFiles.Pair> pairs(ModelConfig config, Map<String, float[]> values, int r) {
        Map<String, AdapterFiles.Pair> pairs = new TreeMap<>();
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            for (int n = 0; n < ModelLayout.LINEARS.size(); n++) {
                String module = ModelLayout.linear(layer, n);
                if (values.containsKey(module + A)) {
                    long[] shape = ModelLayout.linearShape(config, n);
                    pairs.put(module, new AdapterFiles.Pair((int) shape[1], (int) shape[0], r, values.get(module + A), values.get(module + B)));
                }
            }
        }
        return pairs;
    }
}
