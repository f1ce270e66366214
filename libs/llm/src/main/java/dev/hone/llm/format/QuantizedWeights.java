package dev.hone.llm.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reader of a directory whose linear layers are stored as integer codes, in the naming of compressed-tensors, so that
 * other tools can read them too. For a linear layer {@code X} of shape [out, in]:
 *
 * <ul>
 *   <li>{@code int-quantized}: {@code X.weight} I8 [out, in], {@code X.weight_scale} [out, 1] and, when asymmetric,
 *       {@code X.weight_zero_point} I8 [out, 1]; value = scale · (code − zero point).
 *   <li>{@code pack-quantized}: {@code X.weight_packed} I32 [out, in/8] with eight codes of four bits a word, the first
 *       in the lowest bits and each stored plus 8; {@code X.weight_scale} [out, in/group], {@code X.weight_shape} I64
 *       [2]; value = scale · (code − 8).
 * </ul>
 *
 * <p>Tensors stored otherwise (embeddings, norms, lm_head) are handed through.
 *
 * @see <a href="https://github.com/vllm-project/compressed-tensors">compressed-tensors</a>
 */
public final class QuantizedWeights implements WeightSource {
    private static final String WEIGHT = ".weight";
    private static final String PACKED = ".weight_packed";
    private static final String SCALE = ".weight_scale";
    private static final String ZERO_POINT = ".weight_zero_point";
    private static final String SHAPE = ".weight_shape";
    private static final int CODES_PER_WORD = 8;
    private static final int PACKED_OFFSET = 8;
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final SafetensorsFile file;
    private final Set<String> names = new TreeSet<>();

    private QuantizedWeights(SafetensorsFile file) {
        this.file = file;
        for (String name : file.names()) {
            if (name.endsWith(PACKED)) {
                names.add(linear(name, PACKED) + WEIGHT);
            } else if (!name.endsWith(SCALE) && !name.endsWith(ZERO_POINT) && !name.endsWith(SHAPE)) {
                names.add(name);
            }
        }
    }

    /** @throws FormatException if config.json's quantization_config is of another kind */
    public static QuantizedWeights open(Path modelDirectory) {
        JsonNode config = Json.read(modelDirectory.resolve("config.json")).path("quantization_config");
        String method = config.path("quant_method").asText("?");
        String format = config.path("format").asText("?");
        if (!method.equals("compressed-tensors") || !Set.of("int-quantized", "pack-quantized").contains(format)) {
            throw new FormatException("The model in " + modelDirectory + " is quantized as '" + method + "' in the format '" + format
                    + "', which Hone does not read. It reads compressed-tensors in int-quantized and pack-quantized, and unquantized models.");
        }
        return new QuantizedWeights(SafetensorsFile.open(modelDirectory));
    }

    @Override
    public Set<String> names() {
        return java.util.Collections.unmodifiableSet(names);
    }

    /** Whether the tensor is stored as codes. */
    public boolean isQuantized(String name) {
        return isPacked(name) || (file.contains(name) && file.info(name).dtype() == DType.I8);
    }

    private boolean isPacked(String name) {
        return file.contains(linear(name, WEIGHT) + PACKED);
    }

    /** The stored tensors themselves: codes, scales and zero points by their own names. */
    public SafetensorsFile stored() {
        return file;
    }

    @Override
    public TensorInfo info(String name) {
        if (isPacked(name)) {
            MemorySegment shape = file.segment(linear(name, WEIGHT) + SHAPE);
            return TensorInfo.of(name, DType.BF16, shape.get(I64, 0), shape.get(I64, 8));
        }
        TensorInfo stored = file.info(name);
        return stored.dtype() == DType.I8 ? stored.withDtype(DType.BF16) : stored;
    }

    @Override
    public float[] floats(String name) {
        if (!isQuantized(name)) {
            return file.floats(name);
        }
        byte[] codes = codes(name);
        TensorInfo info = info(name);
        int rows = Math.toIntExact(info.shape().get(0));
        int columns = Math.toIntExact(info.shape().get(1));
        String linear = linear(name, WEIGHT);
        float[] scales = file.floats(linear + SCALE);
        byte[] zeroPoints = file.contains(linear + ZERO_POINT) ? file.segment(linear + ZERO_POINT).toArray(ValueLayout.JAVA_BYTE) : new byte[rows];
        int group = groupSize(name, rows, columns, scales.length);
        float[] values = new float[codes.length];
        for (int i = 0; i < values.length; i++) {
            int row = i / columns;
            int scale = row * (columns / group) + (i % columns) / group;
            values[i] = scales[scale] * (codes[i] - zeroPoints[row]);
        }
        return values;
    }

    private static int groupSize(String name, int rows, int columns, int scales) {
        if (scales % rows != 0 || columns % (scales / rows) != 0) {
            throw new FormatException("Expected scales for every row of " + name + " [" + rows + ", " + columns + "] in equal groups, found " + scales + ".");
        }
        return columns / (scales / rows);
    }

    /** The signed codes of a quantized tensor, row-major: −128 to 127 for int8, −8 to 7 for int4. */
    public byte[] codes(String name) {
        return isPacked(name)
                ? unpack(file.segment(linear(name, WEIGHT) + PACKED))
                : file.segment(name).toArray(ValueLayout.JAVA_BYTE);
    }

    private static byte[] unpack(MemorySegment words) {
        byte[] codes = new byte[Math.toIntExact(words.byteSize() * 2)];
        for (int i = 0; i < codes.length; i++) {
            int word = words.get(I32, 4L * (i / CODES_PER_WORD));
            codes[i] = (byte) (((word >>> (4 * (i % CODES_PER_WORD))) & 0xF) - PACKED_OFFSET);
        }
        return codes;
    }

    private static String linear(String name, String suffix) {
        return name.endsWith(suffix) ? name.substring(0, name.length() - suffix.length()) : name;
    }

    @Override
    public void close() {
        file.close();
    }
}
