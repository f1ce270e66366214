package dev.hone.llm.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The JSON header of a safetensors file, checked: every range lies inside the file, has the size that type and shape
 * say, and the ranges tile the data without gap or overlap (the format's own rule against smuggled bytes).
 */
record SafetensorsHeader(long dataStart, Map<TensorInfo, Range> tensors, Map<String, String> metadata) {
    /** The reference implementation's own limit. */
    private static final long MAX_HEADER_BYTES = 100_000_000;
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Bytes after the header, end exclusive. */
    record Range(long begin, long end) {}

    static SafetensorsHeader parse(MemorySegment file, Path path) {
        long length = file.get(U64, 0);
        if (length < 2 || length > MAX_HEADER_BYTES || length > file.byteSize() - 8) {
            throw new FormatException("Expected a safetensors header of 2 to " + Math.min(MAX_HEADER_BYTES, file.byteSize() - 8)
                    + " bytes in " + path + ", found a length of " + Long.toUnsignedString(length) + ". It is another format, or cut off.");
        }
        JsonNode root = Json.parse(file.asSlice(8, length).toArray(ValueLayout.JAVA_BYTE), path);
        Map<TensorInfo, Range> tensors = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        root.properties().forEach(e -> {
            if (e.getKey().equals("__metadata__")) {
                e.getValue().properties().forEach(m -> metadata.put(m.getKey(), m.getValue().asText()));
            } else {
                tensors.put(info(e.getKey(), e.getValue(), path), range(e.getKey(), e.getValue(), path));
            }
        });
        long dataStart = 8 + length;
        checkRanges(tensors, file.byteSize() - dataStart, path);
        return new SafetensorsHeader(dataStart, tensors, metadata);
    }

    private static TensorInfo info(String name, JsonNode entry, Path path) {
        String dtype = entry.path("dtype").asText("");
        if (!entry.path("shape").isArray()) {
            throw new FormatException("Expected a shape for tensor " + name + " in " + path + ", found none.");
        }
        List<Long> shape = new ArrayList<>();
        entry.path("shape").forEach(n -> shape.add(n.asLong(-1)));
        try {
            return new TensorInfo(name, DType.valueOf(dtype), shape);
        } catch (IllegalArgumentException e) {
            throw new FormatException("Tensor " + name + " in " + path + " has the type '" + dtype + "', which Hone does not read. It reads "
                    + List.of(DType.values()) + ".");
        }
    }

    private static Range range(String name, JsonNode entry, Path path) {
        JsonNode offsets = entry.path("data_offsets");
        if (!offsets.isArray() || offsets.size() != 2 || !offsets.get(0).isIntegralNumber() || !offsets.get(1).isIntegralNumber()) {
            throw new FormatException("Expected two data_offsets for tensor " + name + " in " + path + ", found " + offsets + ".");
        }
        return new Range(offsets.get(0).asLong(), offsets.get(1).asLong());
    }

    private static void checkRanges(Map<TensorInfo, Range> tensors, long dataBytes, Path path) {
        long next = 0;
        var inOrder = tensors.entrySet().stream()
                .sorted(Comparator.comparingLong((Map.Entry<TensorInfo, Range> e) -> e.getValue().begin())
                        .thenComparingLong(e -> e.getValue().end()))
                .toList();
        for (var e : inOrder) {
            TensorInfo info = e.getKey();
            Range range = e.getValue();
            if (range.begin() != next || range.end() - range.begin() != info.bytes()) {
                throw new FormatException("Tensor " + info.name() + " in " + path + " should take the bytes " + next + " to " + (next + info.bytes())
                        + " by its type and shape, and claims " + range.begin() + " to " + range.end() + ". The header is damaged.");
            }
            next = range.end();
        }
        if (next != dataBytes) {
            throw new FormatException("The header of " + path + " describes " + next + " bytes of data, the file holds " + dataBytes
                    + ". It was cut off or has something appended.");
        }
    }
}
