package dev.hone.llm.format;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Reader of a directory whose linear modules are stored as codes: as compressed-tensors ({@link CompressedTensors}), GPTQ's
 * tools ({@link Gptq}) or bitsandbytes ({@link BitsAndBytes}) name and pack them. Tensors stored otherwise (norms, mostly
 * embedding and head) are handed through.
 */
public final class QuantizedWeights implements WeightSource {
    private static final String WEIGHT = ".weight";
    private static final int PIECE = 1 << 16;

    private final SafetensorsFile file;
    private final Map<String, Rounded> rounded = new HashMap<>();
    private final Set<String> names = new TreeSet<>();

    /** @param parts names of the tensors that the matrix is stored in */
    private record Rounded(StoredMatrix matrix, List<String> parts) {}

    private QuantizedWeights(SafetensorsFile file, QuantizationConfig config) {
        this.file = file;
        Set<String> parts = new TreeSet<>();
        for (String name : file.names()) {
            String plain = plainName(name);
            if (plain != null && !rounded.containsKey(plain)) {
                Rounded found = new Rounded(matrix(plain, config), file.names().stream().filter(part -> isPart(part, plain, config)).toList());
                rounded.put(plain, found);
                parts.addAll(found.parts());
            }
        }
        names.addAll(file.names());
        names.removeAll(parts);
        names.addAll(rounded.keySet());
    }

    /** @throws FormatException if config.json's quantization_config is of another kind */
    public static QuantizedWeights open(Path modelDirectory) {
        return open(modelDirectory, QuantizationConfig.of(modelDirectory));
    }

    static QuantizedWeights open(Path modelDirectory, QuantizationConfig config) {
        SafetensorsFile file = SafetensorsFile.open(modelDirectory);
        try {
            return new QuantizedWeights(file, config);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** The name under which a stored tensor's matrix is known, or null where it is no matrix's codes. */
    private String plainName(String stored) {
        if (stored.endsWith(CompressedTensors.PACKED)) {
            return stored.substring(0, stored.length() - CompressedTensors.PACKED.length());
        }
        if (stored.endsWith(Gptq.WEIGHT)) {
            return stored.substring(0, stored.length() - Gptq.WEIGHT.length()) + WEIGHT;
        }
        return CompressedTensors.holds(file, stored) || BitsAndBytes.holds(file, stored) ? stored : null;
    }

    private StoredMatrix matrix(String name, QuantizationConfig config) {
        return switch (config.method()) {
            case GPTQ -> Gptq.matrix(file, module(name), config);
            case BITSANDBYTES -> BitsAndBytes.matrix(file, name);
            default -> CompressedTensors.matrix(file, name, config.bits());
        };
    }

    private static boolean isPart(String stored, String plain, QuantizationConfig config) {
        return switch (config.method()) {
            case GPTQ -> stored.startsWith(module(plain) + ".") && !stored.endsWith(".bias");
            case BITSANDBYTES -> stored.equals(plain) || stored.startsWith(plain + ".");
            default -> stored.equals(plain) || stored.startsWith(plain + "_");
        };
    }

    private static String module(String plain) {
        return plain.substring(0, plain.length() - WEIGHT.length());
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(names);
    }

    @Override
    public boolean isQuantized(String name) {
        return rounded.containsKey(name);
    }

    @Override
    public TensorInfo info(String name) {
        Rounded matrix = rounded.get(name);
        return matrix == null ? file.info(name) : TensorInfo.of(name, DType.BF16, matrix.matrix.rows(), matrix.matrix.columns());
    }

    @Override
    public float[] floats(String name) {
        Rounded stored = rounded.get(name);
        if (stored == null) {
            float[] values = file.floats(name);
            unload(name);
            return values;
        }
        int columns = stored.matrix.columns();
        float[] values = new float[Math.multiplyExact(stored.matrix.rows(), columns)];
        int rows = Math.max(1, PIECE / columns);
        IntStream.range(0, Math.ceilDiv(stored.matrix.rows(), rows)).parallel().forEach(piece -> {
            int first = piece * rows * columns;
            float[] some = new float[Math.min(rows * columns, values.length - first)];
            stored.matrix.floats(first, some);
            System.arraycopy(some, 0, values, first, some.length);
        });
        unload(name);
        return values;
    }

    @Override
    public void floats(String name, long first, float[] into) {
        Rounded stored = rounded.get(name);
        if (stored == null) {
            file.floats(name, first, into);
        } else {
            stored.matrix.floats(first, into);
        }
    }

    /** The signed codes of integers, row-major: −128 to 127 of eight bits, −8 to 7 of four. */
    public byte[] codes(String name) {
        if (rounded.containsKey(name) && rounded.get(name).matrix instanceof IntegerMatrix matrix) {
            return matrix.allCodes();
        }
        throw new FormatException("Expected integer codes of " + name + ", found " + (isQuantized(name) ? "another kind." : "a plain tensor."));
    }

    @Override
    public Optional<IntegerMatrix> integers(String name) {
        return rounded.containsKey(name) && rounded.get(name).matrix instanceof IntegerMatrix matrix ? Optional.of(matrix) : Optional.empty();
    }

    @Override
    public Optional<MemorySegment> bytes(String name) {
        return isQuantized(name) ? Optional.empty() : Optional.of(file.segment(name));
    }

    @Override
    public void unload(String name) {
        Rounded stored = rounded.get(name);
        if (stored == null) {
            file.unload(name);
        } else {
            stored.parts.forEach(file::unload);
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
