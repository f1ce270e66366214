package dev.hone.llm.format;

import java.nio.ByteBuffer;
import java.nio.file.Files;
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
        Path config = modelDirectory.resolve("config.json");
        if (!Files.exists(config) || !Json.read(config).has("quantization_config")) {
            return new PlainWeights(SafetensorsFile.open(modelDirectory));
        }
        return QuantizedWeights.open(modelDirectory);
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
     * The bytes of a weight that lies in the files as bf16, little-endian, row-major, without a copy: a direct buffer that
     * dies with this source. Empty where the values have to be made, or are too many for one buffer.
     */
    default Optional<ByteBuffer> bf16(String name) {
        return Optional.empty();
    }

    /** Says that a weight is not looked at again soon, so that a model larger than memory can be read weight by weight. */
    default void unload(String name) {}

    @Override
    void close();
}
