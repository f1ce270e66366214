package dev.hone.llm.format;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * The weights of a model directory by their Hugging Face names, whatever they are stored in. Plain safetensors answer
 * as they are; a quantized directory answers with dequantized values under the plain name. Loading a model through this
 * interface makes it indifferent to the storage.
 */
public interface WeightSource extends AutoCloseable {
    /**
     * Opens a plain or quantized model directory, told apart by {@code quantization_config} in its config.json.
     *
     * @throws FormatException if the directory holds no weights, or is quantized in a way Hone does not read
     */
    static WeightSource open(Path modelDirectory) {
        QuantizationConfig config = QuantizationConfig.of(modelDirectory);
        return config.method() == QuantizationConfig.Method.NONE ? new PlainWeights(SafetensorsFile.open(modelDirectory)) : QuantizedWeights.open(modelDirectory, config);
    }

    /** Names as in an unquantized directory: {@code model.layers.0.self_attn.q_proj.weight}. */
    Set<String> names();

    default boolean contains(String name) {
        return names().contains(name);
    }

    /** Shape of the plain tensor; its type is the one {@link #floats} widens from, BF16 where codes are dequantized. */
    TensorInfo info(String name);

    /** The values, row-major, dequantized where needed; a fresh array. */
    float[] floats(String name);

    /**
     * The values, row-major, from element {@code first} on, as many as {@code into} takes, so that a tensor can be looked at
     * in pieces. Several threads may call it.
     */
    default void floats(String name, long first, float[] into) {
        System.arraycopy(floats(name), Math.toIntExact(first), into, 0, into.length);
    }

    /** Whether the values are made from codes. */
    default boolean isQuantized(String name) {
        return false;
    }

    /** The codes, scales and zero points of a matrix of integers, a view that dies with this source. Empty of any other weight. */
    default Optional<IntegerMatrix> integers(String name) {
        return Optional.empty();
    }

    /**
     * The bytes of a weight that lies in the files in the type of its {@link #info}, little-endian, row-major, without a
     * copy: a view that dies with this source. Empty where the values have to be made.
     */
    default Optional<MemorySegment> bytes(String name) {
        return Optional.empty();
    }

    /** {@link #bytes} of a weight in bf16, as a direct buffer. Empty, too, where they are too many for one buffer. */
    default Optional<ByteBuffer> bf16(String name) {
        TensorInfo info = info(name);
        return info.dtype() != DType.BF16 || info.bytes() > Integer.MAX_VALUE ? Optional.empty() : bytes(name).map(bytes -> bytes.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN));
    }

    /** Says that a weight is not looked at again soon, so that a model larger than memory can be read weight by weight. */
    default void unload(String name) {}

    @Override
    void close();
}
