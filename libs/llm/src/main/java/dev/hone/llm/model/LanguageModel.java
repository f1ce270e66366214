package dev.hone.llm.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.hone.llm.bridge.TensorList;
import dev.hone.llm.bridge.Torch;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.QuantizationConfig;
import dev.hone.llm.format.WeightSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * A loaded model for generation and scoring. Thread-safe: calls share the frozen weights and nothing else; a cache belongs
 * to one caller.
 */
public final class LanguageModel implements AutoCloseable {
    private static final String HEAD = "lm_head";

    private final NDManager manager;
    private final ModelConfig config;
    private final Precision precision;
    private final TorchProgram program;
    private final TensorList weights;
    private final TensorList adapter;
    private final Rotations rotations;
    private final long[] kinds;

    private LanguageModel(NDManager manager, ModelConfig config, Precision precision, TorchProgram program, List<NDArray> weights, List<NDArray> adapter) {
        this.manager = manager;
        this.config = config;
        this.precision = precision;
        this.program = program;
        this.weights = TensorList.of(weights);
        this.adapter = TensorList.of(adapter);
        this.rotations = new Rotations(manager, program, config, precision);
        this.kinds = rotations.kinds();
    }

    /** Loads a plain or quantized model directory; where its config.json says so, the layers read rounded activations. */
    public static LanguageModel load(Path directory, Precision precision) {
        NDManager manager = Torch.newManager();
        try (WeightSource source = WeightSource.open(directory)) {
            ModelConfig config = ModelConfig.load(directory);
            TorchProgram program = ModelProgram.load(manager, config, reading(QuantizationConfig.of(directory), source));
            return new LanguageModel(manager, config, precision, program, ModelWeights.plain(manager, program, config, source, precision), List.of());
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    /** A head in the files' words is one more linear module, if it is rounded. */
    private static ModelProgram.Variant reading(QuantizationConfig quantization, WeightSource source) {
        return ModelProgram.Variant.reading(quantization.activationBits(), source.isQuantized(HEAD + ".weight") ? quantization.activationBits(HEAD) : 0);
    }

    /**
     * A model over weights that the caller has made.
     *
     * @param manager owns the tensors and is closed with the model
     * @param weights in the program's order, see {@code decoder.torchscript}
     * @param adapter LoRA matrices in the program's order, or empty
     */
    public static LanguageModel over(NDManager manager, ModelConfig config, Precision precision, TorchProgram program, List<NDArray> weights, List<NDArray> adapter) {
        return new LanguageModel(manager, config, precision, program, weights, adapter);
    }

    public ModelConfig config() {
        return config;
    }

    public Precision precision() {
        return precision;
    }

    /** Tokens a row may have. */
    public int contextLength() {
        return config.maxPositionEmbeddings();
    }

    /** All weights, tied ones counted once. */
    public long parameters() {
        return ModelLayout.parameters(config);
    }

    /** Next-token logits at every position of rows of any lengths, row after row: each [T,V], row-major. */
    public List<float[]> logits(List<int[]> rows) {
        try (NDManager scope = manager.newSubManager()) {
            float[] all = program.infer(scope, "logits", ModelProgram.tokens(scope, rows), weights, adapter, tables(rows), kinds, Batch.spans(rows)).get(0).toFloatArray();
            List<float[]> split = new ArrayList<>();
            int at = 0;
            for (int[] row : rows) {
                split.add(Arrays.copyOfRange(all, at, at + row.length * config.vocabSize()));
                at += row.length * config.vocabSize();
            }
            return split;
        }
    }

    /** Next-token logits at every position of rows of equal length, row-major [B,T,V]. */
    public float[] logits(int[][] rows) {
        try (NDManager scope = manager.newSubManager()) {
            return program.infer(scope, "logits", ModelProgram.tokens(scope, List.of(rows)), weights, adapter, tables(List.of(rows)), kinds, Batch.spans(List.of(rows)))
                    .get(0).toFloatArray();
        }
    }

    private TensorList tables(List<int[]> rows) {
        return rotations.upTo(rows.stream().mapToInt(row -> row.length).max().orElse(1));
    }

    /** An empty cache for {@code batch} rows of at most {@code capacity} tokens each. */
    public KvCache newCache(int batch, int capacity) {
        if (capacity > contextLength()) {
            throw new IllegalArgumentException("The model reads " + contextLength() + " tokens, a cache of " + capacity + " was asked for.");
        }
        NDManager owner = manager.newSubManager();
        Shape shape = new Shape(batch, config.numKeyValueHeads(), capacity, config.headDim());
        return new KvCache(owner, caches(owner, shape), caches(owner, shape), batch, capacity);
    }

    private TensorList caches(NDManager owner, Shape shape) {
        List<NDArray> layers = new ArrayList<>();
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            try (NDArray zeros = owner.zeros(shape, DataType.FLOAT32)) {
                // a copy even where the type is f32 already, because the first one closes here
                layers.add(program.infer(owner, "fresh", zeros, precision.code()).get(0));
            }
        }
        return TensorList.of(layers);
    }

    /**
     * Reads more tokens of each row into the cache: the prompt at first, then one token at a time.
     *
     * @param rows equally many new tokens for every row of the cache
     * @return the logits after each row's last token, row-major [B,V]
     */
    public float[] advance(KvCache cache, int[][] rows) {
        int position = cache.grow(rows.length, rows[0].length);
        try (NDManager scope = manager.newSubManager()) {
            return program.infer(scope, "advance", ModelProgram.tokens(scope, rows), position, weights, adapter, rotations.upTo(cache.length()), kinds, cache.keys, cache.values)
                    .get(0).toFloatArray();
        }
    }

    /**
     * Decodes greedily after each row's next token, which is not in the cache yet, without returning to Java between
     * tokens. Ends after {@code count} tokens, or when every row has produced one of {@code ends}; rows that ended earlier
     * carry meaningless tokens after their end.
     *
     * @return [B][at most count], the tokens after {@code next}
     */
    public int[][] greedy(KvCache cache, int[] next, int count, Set<Integer> ends) {
        int[][] rows = new int[next.length][];
        for (int r = 0; r < rows.length; r++) {
            rows[r] = new int[] {next[r]};
        }
        int position = cache.grow(rows.length, count);
        try (NDManager scope = manager.newSubManager()) {
            long[] ending = ends.stream().mapToLong(Integer::longValue).sorted().toArray();
            NDArray out = program.infer(scope, "greedy", ModelProgram.tokens(scope, rows), position, count, ending, weights, adapter, rotations.upTo(cache.length()), kinds, cache.keys, cache.values).get(0);
            cache.truncate(position + (int) out.getShape().get(1));
            return split(out.toLongArray(), rows.length);
        }
    }

    private static int[][] split(long[] flat, int rows) {
        int width = flat.length / rows;
        int[][] split = new int[rows][width];
        for (int i = 0; i < flat.length; i++) {
            split[i / width][i % width] = (int) flat[i];
        }
        return split;
    }

    /** Summed negative log-likelihood and accuracy over the trainable tokens of a batch; see {@link Batch}. */
    public Score score(Batch batch) {
        return Score.of(guesses(batch));
    }

    /** {@link #score} of each document alone, in the batch's order. */
    public List<Score> scores(Batch batch) {
        return Score.ofDocuments(guesses(batch), batch);
    }

    private float[] guesses(Batch batch) {
        if (batch.labels().length == 0) {
            return new float[0];
        }
        try (NDManager scope = manager.newSubManager()) {
            return program.infer(scope, "score", ModelProgram.tokens(scope, batch.filled()), scope.create(batch.positions()), scope.create(batch.labels()),
                    weights, adapter, tables(batch.filled()), kinds, batch.spans()).get(0).toFloatArray();
        }
    }

    @Override
    public void close() {
        weights.close();
        adapter.close();
        rotations.close();
        program.close();
        manager.close();
    }
}
