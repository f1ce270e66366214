package dev.hone.llm.quant;

import java.nio.file.Path;

/** Writes one quantized model directory, tensor by tensor in any order; what it writes {@code WeightSource.open} reads. */
interface ModelWriter extends AutoCloseable {
    /** A rounded matrix of an integer scheme. */
    void write(String name, QuantizedMatrix matrix);

    /** Any other tensor: stored in bf16, or, if it is one of those that the scheme rounds, as f16, bf16 or NF4. */
    void write(String name, float[] values);

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
