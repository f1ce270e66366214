package dev.hone.llm.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.hone.llm.bridge.TensorList;
import dev.hone.llm.bridge.Torch;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.WeightSource;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs sample rows through a model layer by layer and tells what each linear module reads. Only one layer's inputs are
 * held at a time. Everything is f32. Not thread-safe.
 */
public final class Calibration implements AutoCloseable {
    /** Tokens on which output errors are measured: enough for an estimate, few enough to be quick. */
    private static final int SAMPLED_TOKENS = 512;

    /** Of the inputs of q k v, o, gate up, down: the one that linear module n reads. */
    private static final int[] INPUT_OF = {0, 0, 0, 1, 2, 2, 3};

    private final NDManager manager;
    private final TorchProgram program;
    private final ModelConfig config;
    private final TensorList weights;
    private final Rotations rotations;
    private final TensorList tables;
    private List<NDArray> rows;
    private int layer;
    private NDManager layerScope;
    private List<NDArray> inputs;

    private Calibration(NDManager manager, ModelConfig config, WeightSource source, List<int[]> rows) {
        this.manager = manager;
        this.config = config;
        this.program = ModelProgram.load(manager, config, ModelProgram.Variant.PLAIN);
        this.weights = TensorList.of(ModelWeights.plain(manager, program, config, source, Precision.F32));
        this.rotations = new Rotations(manager, program, config, Precision.F32);
        this.tables = rotations.upTo(rows.stream().mapToInt(r -> r.length).max().orElseThrow());
        this.rows = new ArrayList<>();
        for (int[] row : rows) {
            try (NDArray tokens = ModelProgram.tokens(manager, List.of(row))) {
                this.rows.add(program.infer(manager, "embedded", tokens, weights, Precision.F32.code()).get(0));
            }
        }
    }

    /**
     * Loads the model and reads the rows into it.
     *
     * @param rows token ids; at least one row, each of at least one token and at most the model's context
     */
    public static Calibration start(ModelConfig config, WeightSource source, List<int[]> rows) {
        NDManager manager = Torch.newManager();
        try {
            return new Calibration(manager, config, source, rows);
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    /** Runs the next layer; the other methods then speak of it. The first call runs layer 0. */
    public void nextLayer() {
        if (layer == config.numHiddenLayers()) {
            throw new IllegalStateException("The model has " + layer + " layers and all of them have run.");
        }
        if (layerScope != null) {
            layerScope.close();
        }
        layerScope = manager.newSubManager();
        try (NDManager scope = manager.newSubManager()) {
            List<List<NDArray>> taps = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
            List<NDArray> outputs = new ArrayList<>();
            for (NDArray row : rows) {
                List<NDArray> tapped = program.infer(scope, "taps", row, weights, layer, tables, rotations.kinds()[layer]);
                for (int i = 0; i < taps.size(); i++) {
                    taps.get(i).add(tapped.get(i));
                }
                NDArray output = tapped.get(taps.size());
                output.attach(manager);
                outputs.add(output);
                row.close();
            }
            inputs = taps.stream().map(this::gathered).toList();
            rows = outputs;
            layer++;
        }
    }

    private NDArray gathered(List<NDArray> tapped) {
        try (TensorList list = TensorList.of(tapped)) {
            return program.infer(layerScope, "gathered", list, SAMPLED_TOKENS).get(0);
        }
    }

    /** Mean square of each input of linear module {@code n} of this layer, numbered as by {@link ModelLayout#linear}. */
    public float[] moments(int n) {
        try (NDManager scope = manager.newSubManager()) {
            return program.infer(scope, "moments", inputs.get(INPUT_OF[n])).get(0).toFloatArray();
        }
    }

    /**
     * |X·Mᵀ|², squared Frobenius norm, with X the inputs of linear module {@code n} of this layer.
     *
     * @param matrix M, row-major, in the shape of that module's weight
     */
    public double energy(int n, float[] matrix) {
        try (NDManager scope = manager.newSubManager()) {
            NDArray m = scope.create(matrix, new Shape(ModelLayout.linear(config, 0, n).orElseThrow().shape()));
            return program.infer(scope, "energy", inputs.get(INPUT_OF[n]), m).get(0).toDoubleArray()[0];
        }
    }

    @Override
    public void close() {
        weights.close();
        rotations.close();
        program.close();
        manager.close();
    }
}
