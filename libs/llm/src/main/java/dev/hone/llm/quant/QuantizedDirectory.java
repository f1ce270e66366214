package dev.hone.llm.quant;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.llm.format.DType;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.Json;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.text.TokenizerFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes one quantized model directory, tensor by tensor, in compressed-tensors' naming; what it writes
 * {@link dev.hone.llm.format.QuantizedWeights} reads. Linear modules of layers become codes, everything else bf16.
 */
final class QuantizedDirectory implements ModelWriter {
    private static final String FILE = "model.safetensors";
    private static final int CODES_PER_WORD = 8;
    private static final int PACKED_OFFSET = 8;

    private final Scheme scheme;
    private final int groupSize;
    private final Path directory;
    private final SafetensorsWriter writer;

    QuantizedDirectory(Path directory, Scheme scheme, int groupSize, WeightSource weights) {
        this.scheme = scheme;
        this.groupSize = groupSize;
        this.directory = directory;
        Merge.createDirectories(directory);
        List<TensorInfo> infos = new ArrayList<>();
        for (String name : weights.names()) {
            TensorInfo info = weights.info(name);
            if (MergedWeights.isLinear(name)) {
                infos.addAll(stored(name, info.shape().get(0), info.shape().get(1)));
            } else {
                infos.add(info.withDtype(DType.BF16));
            }
        }
        writer = SafetensorsWriter.create(directory.resolve(FILE), infos);
    }

    private List<TensorInfo> stored(String name, long rows, long columns) {
        return switch (kind()) {
            case "int8" -> List.of(TensorInfo.of(name, DType.I8, rows, columns), TensorInfo.of(name + "_scale", DType.F32, rows, 1));
            case "int8_asymmetric" -> List.of(
                    TensorInfo.of(name, DType.I8, rows, columns), TensorInfo.of(name + "_scale", DType.F32, rows, 1), TensorInfo.of(name + "_zero_point", DType.I8, rows, 1));
            default -> List.of(
                    TensorInfo.of(name + "_packed", DType.I32, rows, columns / CODES_PER_WORD),
                    TensorInfo.of(name + "_scale", DType.BF16, rows, columns / groupSize),
                    TensorInfo.of(name + "_shape", DType.I64, 2));
        };
    }

    @Override
    public void write(String name, QuantizedMatrix matrix) {
        writer.write(name + "_scale", matrix.scales());
        switch (kind()) {
            case "int8" -> writer.write(name, matrix.codes());
            case "int8_asymmetric" -> writer.write(name, matrix.codes()).write(name + "_zero_point", matrix.zeroPoints());
            default -> writer.write(name + "_packed", packed(matrix.codes())).write(name + "_shape", longs(matrix.rows(), matrix.columns()));
        }
    }

    private String kind() {
        return scheme.bits() == 4 ? "int4" : scheme.symmetric() ? "int8" : "int8_asymmetric";
    }

    @Override
    public void write(String name, float[] values) {
        writer.write(name, values);
    }

    /** Eight codes a word, the first in the lowest four bits, each plus 8. */
    static int[] packed(byte[] codes) {
        int[] words = new int[codes.length / CODES_PER_WORD];
        for (int i = 0; i < codes.length; i++) {
            words[i / CODES_PER_WORD] |= (codes[i] + PACKED_OFFSET) << (4 * (i % CODES_PER_WORD));
        }
        return words;
    }

    private static byte[] longs(long first, long second) {
        return ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(first).putLong(second).array();
    }

    /** Completes the directory with config.json and the tokenizer of {@code model}; returns the size of the weights in bytes. */
    @Override
    public long finish(Path model) {
        writer.close();
        ObjectNode config = (ObjectNode) Json.read(model.resolve("config.json"));
        config.put("torch_dtype", "bfloat16");
        config.set("quantization_config", quantizationConfig());
        Json.write(directory.resolve("config.json"), config);
        TokenizerFiles.copy(model, directory);
        try {
            return Files.size(directory.resolve(FILE));
        } catch (IOException e) {
            throw new FormatException("Cannot read back " + directory.resolve(FILE) + ": " + e.getMessage(), e);
        }
    }

    private ObjectNode quantizationConfig() {
        ObjectNode config = Json.object();
        config.put("quant_method", "compressed-tensors").put("format", scheme.bits() == 4 ? "pack-quantized" : "int-quantized");
        config.put("quantization_status", "compressed").putArray("ignore").add("lm_head");
        ObjectNode group = config.putObject("config_groups").putObject("group_0");
        group.putArray("targets").add("Linear");
        ObjectNode weights = group.putObject("weights");
        weights.put("num_bits", scheme.bits()).put("type", "int").put("symmetric", scheme.symmetric()).put("dynamic", false);
        if (scheme.bits() == 4) {
            weights.put("strategy", "group").put("group_size", groupSize);
        } else {
            weights.put("strategy", "channel").putNull("group_size");
        }
        group.putNull("input_activations").putNull("output_activations");
        return config;
    }

    @Override
    public void close() {
        writer.abandon();
    }
}
