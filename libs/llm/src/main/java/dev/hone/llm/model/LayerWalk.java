package dev.hone.llm.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.hone.llm.bridge.TensorList;
import dev.hone.llm.bridge.Torch;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.ModelTraits;
import dev.hone.llm.format.WeightSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Rows on their way through a model, all of them one layer at a time: memory holds one layer's weights and the rows'
 * activations between two layers. What the layer's linear modules read can be looked at, and the layer's weights changed,
 * before the rows go on. Not thread-safe.
 */
public final class LayerWalk implements AutoCloseable {
    /** Groups of linear modules that read the same: q k v, o, gate up, down. */
    public static final int STAGES = 4;

    /** Tokens that pass a layer at once: bounds what its inner activations take. */
    private static final int TOKENS_AT_ONCE = 2048;

    private static final int[] STAGE_OF = {0, 0, 0, 1, 2, 2, 3};

    /** Rows that go together; those of equal length attend in one go. */
    private record Piece(List<Integer> rows, long[] spans, NDList turns) {}

    private final NDManager manager;
    private final TorchProgram program;
    private final ModelConfig config;
    private final LayerWeights weights;
    private final List<TensorList> adapters;
    private final TensorList none = TensorList.of(List.of());
    private final Rotations rotations;
    private final List<Piece> pieces = new ArrayList<>();
    private final List<NDArray> hidden = new ArrayList<>();
    private int layer;

    private LayerWalk(NDManager manager, TorchProgram program, ModelConfig config, Precision precision, LayerWeights weights, List<List<NDArray>> adapters, List<int[]> rows) {
        this.manager = manager;
        this.program = program;
        this.config = config;
        this.weights = weights;
        this.adapters = adapters.stream().map(TensorList::of).toList();
        this.rotations = new Rotations(manager, program, config, precision);
        for (List<Integer> some : together(rows)) {
            List<int[]> ids = some.stream().map(rows::get).toList();
            long[] spans = Batch.spans(ids);
            TensorList tables = rotations.upTo(ids.stream().mapToInt(row -> row.length).max().orElse(1));
            pieces.add(new Piece(some, spans, program.infer(manager, "turns_of", tables, spans)));
            try (NDArray tokens = ModelProgram.tokens(manager, ids)) {
                hidden.add(program.infer(manager, "embedded", tokens, weights.others().get(1), precision.code()).get(0));
            }
        }
    }

    /**
     * A model read layer by layer from its files.
     *
     * @param activationBits what activations are rounded to before linear modules; 0: not at all
     * @param rows token ids, each of at least one token and at most the model's context
     */
    public static LayerWalk through(ModelConfig config, WeightSource source, Precision precision, int activationBits, List<int[]> rows) {
        NDManager manager = Torch.newManager();
        try {
            TorchProgram program = ModelProgram.load(manager, config, ModelProgram.Variant.reading(activationBits));
            return new LayerWalk(manager, program, config, precision, new StreamedLayers(manager, program, config, source, precision), List.of(), rows);
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    /**
     * A model that the caller has made.
     *
     * @param manager owns the tensors and is closed with the walk
     * @param adapters per layer its tensors in the program's order
     */
    public static LayerWalk over(NDManager manager, TorchProgram program, ModelConfig config, Precision precision, LayerWeights weights, List<List<NDArray>> adapters, List<int[]> rows) {
        return new LayerWalk(manager, program, config, precision, weights, adapters, rows);
    }

    private static List<List<Integer>> together(List<int[]> rows) {
        List<List<Integer>> pieces = new ArrayList<>();
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            order.add(i);
        }
        order.sort(Comparator.comparingInt(i -> rows.get(i).length));
        int tokens = TOKENS_AT_ONCE;
        for (int row : order) {
            if (tokens + rows.get(row).length > TOKENS_AT_ONCE) {
                pieces.add(new ArrayList<>());
                tokens = 0;
            }
            pieces.getLast().add(row);
            tokens += rows.get(row).length;
        }
        return pieces;
    }

    /** The stage in which linear module {@code n} of a layer reads. */
    public static int stageOf(int n) {
        return STAGE_OF[n];
    }

    public int layer() {
        return layer;
    }

    /** What the linear modules of a stage of the present layer read, with its weights as they are now. */
    public LayerInputs inputs(int stage) {
        NDManager scope = manager.newSubManager();
        List<NDArray> tapped = new ArrayList<>();
        for (int i = 0; i < pieces.size(); i++) {
            tapped.add(program.infer(scope, "tap", hidden.get(i), weights.layer(layer), cos(pieces.get(i)), sin(pieces.get(i)), pieces.get(i).spans, window(), stage).get(0));
        }
        return new LayerInputs(scope, program, tapped);
    }

    /**
     * Puts other values in a place of the present layer; only of models read from files.
     *
     * @param place its number in {@link ModelLayout#layer}
     * @param values as the file has them
     */
    public void replace(int place, float[] values) {
        weights.layer(layer);
        ((StreamedLayers) weights).replace(place, values);
    }

    /** Takes the rows through the present layer, with its weights as they are now. */
    public void advance() {
        if (layer == config.numHiddenLayers()) {
            throw new IllegalStateException("The model has " + layer + " layers and all of them are passed.");
        }
        for (int i = 0; i < pieces.size(); i++) {
            NDArray before = hidden.get(i);
            TensorList adapter = adapters.isEmpty() ? none : adapters.get(layer);
            hidden.set(i, program.infer(manager, "passed", before, weights.layer(layer), adapter, cos(pieces.get(i)), sin(pieces.get(i)), pieces.get(i).spans, window()).get(0));
            before.close();
        }
        layer++;
    }

    /** The rows behind the last layer, and what turns them into logits. Valid until the walk is closed. */
    public LastHidden last() {
        while (layer < config.numHiddenLayers()) {
            advance();
        }
        return new LastHidden(manager, program, pieces.stream().map(Piece::rows).toList(), List.copyOf(hidden), weights.others());
    }

    private NDArray cos(Piece piece) {
        return piece.turns.get((int) (rotations.kinds()[layer] / 2 * 2));
    }

    private NDArray sin(Piece piece) {
        return piece.turns.get((int) (rotations.kinds()[layer] / 2 * 2) + 1);
    }

    private int window() {
        ModelTraits traits = config.traits();
        return traits.layers().get(layer).slides() ? traits.slidingWindow() : 0;
    }

    @Override
    public void close() {
        adapters.forEach(TensorList::close);
        none.close();
        weights.close();
        rotations.close();
        program.close();
        manager.close();
    }
}
