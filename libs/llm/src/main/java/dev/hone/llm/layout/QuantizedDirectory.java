package dev.hone.llm.layout;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.llm.format.DType;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.Json;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.nf4.Nf4;
import dev.hone.llm.nf4.Nf4Matrix;
import dev.hone.llm.rounding.IntegerRounding;
import dev.hone.llm.rounding.QuantizationFailed;
import dev.hone.llm.rounding.QuantizedMatrix;
import dev.hone.llm.rounding.ScaleType;
import dev.hone.llm.rounding.Scheme;
import dev.hone.llm.text.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;

/** A model directory with one file of weights, whatever they are rounded to. */
final class QuantizedDirectory implements ModelWriter {
    private static final String FILE = "model.safetensors";
    private static final String WEIGHT = ".weight";
    private static final String HEAD = "lm_head";

    private final Path directory;
    private final DType plain;
    private final ObjectNode quantization;
    private final Map<String, TensorLayout> integers;
    private final Map<String, Nf4Layout> normalFloats;
    private final SafetensorsWriter writer;

    private QuantizedDirectory(Path directory, DType plain, ObjectNode quantization, Map<String, TensorLayout> integers, Map<String, Nf4Layout> normalFloats, List<TensorInfo> infos) {
        this.directory = directory;
        this.plain = plain;
        this.quantization = quantization;
        this.integers = integers;
        this.normalFloats = normalFloats;
        this.writer = SafetensorsWriter.create(directory.resolve(FILE), infos);
    }

    static QuantizedDirectory open(Path directory, Scheme scheme, Layout layout, Predicate<String> rounded, Predicate<String> int8, WeightSource weights) {
        List<TensorInfo> all = weights.names().stream().sorted().map(weights::info).toList();
        Map<String, TensorLayout> integers = new HashMap<>();
        Map<String, Nf4Layout> normalFloats = new HashMap<>();
        for (TensorInfo info : all) {
            if (int8.test(info.name())) {
                integers.put(info.name(), new PackedLayout(shape(info, 1, 8, true, ScaleType.BF16)));
            } else if (rounded.test(info.name()) && scheme.type().integer()) {
                integers.put(info.name(), integers(info, scheme, layout));
            } else if (rounded.test(info.name()) && scheme.type() == Scheme.Type.NF4) {
                normalFloats.put(info.name(), new Nf4Layout(info.name(), info.shape().get(0).intValue(), info.shape().get(1).intValue()));
            }
        }
        DType plain = scheme.type() == Scheme.Type.F16 ? DType.F16 : DType.BF16;
        List<TensorInfo> stored = new ArrayList<>();
        for (TensorInfo info : all) {
            if (integers.containsKey(info.name())) {
                stored.addAll(integers.get(info.name()).tensors());
            } else if (normalFloats.containsKey(info.name())) {
                stored.addAll(normalFloats.get(info.name()).tensors());
            } else {
                stored.add(info.dtype().isFloating() ? info.withDtype(plain) : info);
            }
        }
        Folders.create(directory);
        return new QuantizedDirectory(directory, plain, quantization(scheme, layout, all, rounded, int8), integers, normalFloats, stored);
    }

    private static ObjectNode quantization(Scheme scheme, Layout layout, List<TensorInfo> all, Predicate<String> rounded, Predicate<String> int8) {
        boolean roundsHead = rounded.test(HEAD + WEIGHT);
        TreeSet<String> ignored = new TreeSet<>(roundsHead ? List.of() : List.of(HEAD));
        all.stream().filter(info -> isLinear(info) && !rounded.test(info.name())).forEach(info -> ignored.add(module(info.name())));
        List<String> embeddings = all.stream().map(TensorInfo::name).filter(int8).map(QuantizedDirectory::module).toList();
        return switch (scheme.type()) {
            case BF16, F16 -> null;
            case NF4 -> LayoutConfig.bitsAndBytes(ignored);
            default -> layout == Layout.GPTQ ? LayoutConfig.gptq(scheme, roundsHead) : LayoutConfig.compressedTensors(scheme, isPacked(scheme), ignored, embeddings);
        };
    }

    /** Eight bits with rounded activations lie a byte a code, as the int8 kernels read them; everything else in words. */
    private static boolean isPacked(Scheme scheme) {
        return scheme.type() != Scheme.Type.W8A8;
    }

    private static TensorLayout integers(TensorInfo info, Scheme scheme, Layout layout) {
        int columns = info.shape().get(1).intValue();
        IntegerRounding.requireDivides(scheme, info.name(), columns);
        TensorLayout.Shape shape = shape(info, columns / scheme.groupOf(columns), scheme.bits(), scheme.symmetric(), ModelWriter.scales(scheme, layout));
        if (layout == Layout.GPTQ) {
            requireGptq(scheme);
            return new GptqLayout(shape);
        }
        return isPacked(scheme) ? new PackedLayout(shape) : new ByteLayout(shape, scheme.group() == Scheme.TENSOR);
    }

    private static void requireGptq(Scheme scheme) {
        if (scheme.activationBits() > 0 || scheme.group() == Scheme.TENSOR) {
            throw new QuantizationFailed("layout", "GPTQ's files hold int4 and int8 weights by group or channel, found the scheme " + scheme.label() + ". Take the layout compressed-tensors for it.");
        }
    }

    private static TensorLayout.Shape shape(TensorInfo info, int groups, int bits, boolean symmetric, ScaleType scales) {
        return new TensorLayout.Shape(info.name(), info.shape().get(0).intValue(), info.shape().get(1).intValue(), groups, bits, symmetric, scales);
    }

    private static String module(String name) {
        return name.endsWith(WEIGHT) ? name.substring(0, name.length() - WEIGHT.length()) : name;
    }

    private static boolean isLinear(TensorInfo info) {
        return info.shape().size() == 2 && info.name().endsWith(WEIGHT) && !info.name().contains("embed");
    }

    @Override
    public void write(String name, int firstRow, QuantizedMatrix rows) {
        TensorLayout layout = integers.get(name);
        if (layout == null) {
            throw new IllegalArgumentException("The tensor " + name + " was not declared as one of integers.");
        }
        layout.write(writer, firstRow, rows);
    }

    @Override
    public void write(String name, Nf4Matrix matrix) {
        normalFloats.get(name).write(writer, matrix);
    }

    @Override
    public void write(String name, float[] values) {
        Nf4Layout layout = normalFloats.get(name);
        if (layout != null) {
            write(name, Nf4.quantize(values, layout.rows(), layout.columns()));
        } else {
            requireHalf(name, values);
            writer.write(name, values);
        }
    }

    /** f16 ends at 65504; from half way to the next value on, rounding would give infinity. */
    private void requireHalf(String name, float[] values) {
        for (int i = 0; plain == DType.F16 && i < values.length; i++) {
            if (Math.abs(values[i]) >= 65520 && !Float.isInfinite(values[i])) {
                throw new QuantizationFailed("f16_range", "The tensor " + name + " holds " + values[i] + ", which is beyond f16's largest value 65504. Choose bf16.");
            }
        }
    }

    @Override
    public void copy(String name, WeightSource weights) {
        TensorInfo info = weights.info(name);
        var bytes = weights.bytes(name);
        if (bytes.isPresent() && (info.dtype() == plain || !info.dtype().isFloating())) {
            writer.write(name, bytes.get());
        } else if (bytes.isPresent()) {
            Pieces.of(info, (first, values) -> {
                weights.floats(name, first, values);
                requireHalf(name, values);
                writer.write(name, first, values);
            });
        } else {
            write(name, weights.floats(name));
        }
        weights.unload(name);
    }

    @Override
    public long finish(Path model) {
        writer.close();
        ObjectNode config = (ObjectNode) Json.read(model.resolve("config.json"));
        String type = plain == DType.F16 ? "float16" : "bfloat16";
        config.put("torch_dtype", type);
        if (config.has("dtype")) {
            config.put("dtype", type);
        }
        config.remove("quantization_config");
        if (quantization != null) {
            config.set("quantization_config", quantization);
        }
        Json.write(directory.resolve("config.json"), config);
        TokenizerFiles.copy(model, directory);
        try {
            return Files.size(directory.resolve(FILE));
        } catch (IOException e) {
            throw new FormatException("Cannot read back " + directory.resolve(FILE) + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        writer.abandon();
    }
}
