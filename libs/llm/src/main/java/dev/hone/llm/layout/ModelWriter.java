package dev.hone.llm.layout;

import dev.hone.llm.format.WeightSource;
import dev.hone.llm.nf4.Nf4Matrix;
import dev.hone.llm.rounding.QuantizedMatrix;
import dev.hone.llm.rounding.ScaleType;
import dev.hone.llm.rounding.Scheme;
import java.nio.file.Path;
import java.util.function.Predicate;

/** Writes one quantized model directory, tensor by tensor in any order; what it writes {@link WeightSource#open} reads. */
public interface ModelWriter extends AutoCloseable {
    /**
     * @param rounded weights that the scheme rounds, by names such as {@code model.layers.0.self_attn.q_proj.weight}
     * @param int8 an embedding that is rounded to int8 by channel, see {@link #holdsEmbedding}; of no other weight
     * @param weights what will be written: their names and shapes
     * @throws QuantizationFailed if the layout cannot hold the scheme, or a weight does not divide into its groups
     */
    static ModelWriter open(Path directory, Scheme scheme, Layout layout, Predicate<String> rounded, Predicate<String> int8, WeightSource weights) {
        return QuantizedDirectory.open(directory, scheme, layout, rounded, int8, weights);
    }

    /** Whether there is a place for a rounded embedding; where there is none it stays in bf16. */
    static boolean holdsEmbedding(Scheme scheme, Layout layout) {
        return layout == Layout.COMPRESSED_TENSORS && scheme.type().integer();
    }

    /** What scales are stored as, so that codes are chosen for them. GPTQ's kernels read f16; vLLM reads f32 with rounded activations and the model's own type without. */
    static ScaleType scales(Scheme scheme, Layout layout) {
        if (layout == Layout.GPTQ) {
            return ScaleType.F16;
        }
        return scheme.type() == Scheme.Type.W8A8 ? ScaleType.F32 : ScaleType.BF16;
    }

    /** A rounded matrix of an integer scheme, or the embedding's. */
    default void write(String name, QuantizedMatrix matrix) {
        write(name, 0, matrix);
    }

    /**
     * Some rows of one; each row must come once, from any thread.
     *
     * @param firstRow where they begin: a multiple of 8 where there are zero points, eight of which share a word
     */
    void write(String name, int firstRow, QuantizedMatrix rows);

    void write(String name, Nf4Matrix matrix);

    /**
     * Any other tensor: stored in bf16, or in f16 with that scheme, or, if it is one of those that the scheme rounds, in NF4.
     *
     * @throws QuantizationFailed if a value is too large for f16
     */
    void write(String name, float[] values);

    /** A tensor that stays as it is but for its type, in little memory; its bytes where the type is the same. */
    void copy(String name, WeightSource weights);

    /**
     * Completes the directory with config.json and the tokenizer.
     *
     * @param model directory to take them from
     * @return size of the weights' file in bytes
     */
    long finish(Path model);

    /** Leaves nothing behind where {@link #finish} was not reached. */
    @Override
    void close();
}
