package dev.hone.llm.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Memory-mapped reader of one safetensors file or of a sharded set by its {@code *.safetensors.index.json}. Nothing is
 * copied until asked for, and files beyond 2 GB are fine. Headers are checked before anything is mapped out; the format
 * holds bytes only, so reading a stranger's file runs none of their code.
 *
 * <p>Segments and buffers handed out are read-only views of the mapping and die with {@link #close()}.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
public final class SafetensorsFile implements AutoCloseable {
    private record Entry(TensorInfo info, MemorySegment bytes) {}

    private final Path path;
    private final Arena arena;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    private SafetensorsFile(Path path) {
        this.path = path;
        this.arena = Arena.ofShared();
    }

    /**
     * Opens a {@code .safetensors} file, a {@code .safetensors.index.json}, or a model directory that holds either under
     * the name {@code model}.
     */
    public static SafetensorsFile open(Path path) {
        Path file = Files.isDirectory(path) ? inDirectory(path) : path;
        SafetensorsFile opened = new SafetensorsFile(file);
        try {
            if (file.getFileName().toString().endsWith(".index.json")) {
                opened.mapShards(file);
            } else {
                opened.mapFile(file);
            }
            return opened;
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    /** Whether {@link #open} would find weights in this model directory. */
    public static boolean existsIn(Path directory) {
        return Files.exists(directory.resolve("model.safetensors")) || Files.exists(directory.resolve("model.safetensors.index.json"));
    }

    private static Path inDirectory(Path directory) {
        Path index = directory.resolve("model.safetensors.index.json");
        Path single = directory.resolve("model.safetensors");
        if (Files.exists(index)) {
            return index;
        }
        if (Files.exists(single)) {
            return single;
        }
        throw new FormatException("Expected model.safetensors or model.safetensors.index.json in " + directory
                + ", found neither. Weights in pickle files (.bin, .pt) are not read: convert them to safetensors.");
    }

    private void mapShards(Path index) {
        JsonNode weightMap = Json.read(index).path("weight_map");
        if (!weightMap.isObject()) {
            throw new FormatException("Expected a weight_map object in " + index + ", found none.");
        }
        Map<String, String> shardOf = new LinkedHashMap<>();
        weightMap.properties().forEach(e -> shardOf.put(e.getKey(), e.getValue().asText()));
        for (String shard : new TreeSet<>(shardOf.values())) {
            if (shard.contains("/") || shard.contains("\\")) {
                throw new FormatException("The index " + index + " names the shard '" + shard + "': shards must lie beside it.");
            }
            mapFile(index.resolveSibling(shard));
        }
        shardOf.forEach((name, shard) -> {
            if (!entries.containsKey(name)) {
                throw new FormatException("The index " + index + " promises " + name + " in " + shard + ", which does not hold it.");
            }
        });
    }

    private void mapFile(Path file) {
        MemorySegment mapped;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() < 8) {
                throw new FormatException("Expected a safetensors file, found " + channel.size() + " bytes in " + file
                        + ". It may have been cut off while it was copied.");
            }
            mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (IOException e) {
            throw new FormatException("Cannot read " + file + ": " + e.getMessage(), e);
        }
        SafetensorsHeader header = SafetensorsHeader.parse(mapped, file);
        metadata.putAll(header.metadata());
        header.tensors().forEach((info, range) -> {
            MemorySegment bytes = mapped.asSlice(header.dataStart() + range.begin(), range.end() - range.begin());
            if (entries.put(info.name(), new Entry(info, bytes)) != null) {
                throw new FormatException("The tensor " + info.name() + " lies in more than one shard of " + path + ".");
            }
        });
    }

    public Set<String> names() {
        return java.util.Collections.unmodifiableSet(entries.keySet());
    }

    public boolean contains(String name) {
        return entries.containsKey(name);
    }

    /** The free text of {@code __metadata__}. */
    public Map<String, String> metadata() {
        return java.util.Collections.unmodifiableMap(metadata);
    }

    public TensorInfo info(String name) {
        return entry(name).info;
    }

    /** The tensor's bytes, little-endian, row-major; a view of the mapping. */
    public MemorySegment segment(String name) {
        return entry(name).bytes;
    }

    /** {@link #segment} as a direct little-endian buffer, for tensors of less than 2 GB. */
    public ByteBuffer buffer(String name) {
        Entry entry = entry(name);
        if (entry.info.bytes() > Integer.MAX_VALUE) {
            throw new FormatException("Tensor " + name + " has " + entry.info.bytes() + " bytes: too large for one buffer, take its segment.");
        }
        return entry.bytes.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A decoded copy of a floating tensor (F32, F16, BF16, F64), row-major. */
    public float[] floats(String name) {
        Entry entry = entry(name);
        if (!entry.info.dtype().isFloating()) {
            throw new FormatException("Expected floating-point values in " + name + " of " + path + ", found " + entry.info.dtype() + ".");
        }
        return FloatCodec.decode(entry.bytes, entry.info.dtype());
    }

    /** Decoded elements of a floating tensor, row-major, from {@code first} on, as many as {@code into} takes. */
    public void floats(String name, long first, float[] into) {
        Entry entry = entry(name);
        if (first < 0 || first + into.length > entry.info.elements()) {
            throw new FormatException("Expected the elements " + first + " to " + (first + into.length) + " in " + name + " of " + path + ", found " + entry.info.elements() + ".");
        }
        FloatCodec.decode(entry.bytes, entry.info.dtype(), first, into);
    }

    /** Lets go of the memory that a tensor's pages were read into; they are read again when they are looked at again. */
    public void unload(String name) {
        MemorySegment bytes = entry(name).bytes;
        if (bytes.byteSize() > 0) {
            bytes.unload();
        }
    }

    private Entry entry(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new FormatException("Expected a tensor named " + name + " in " + path + ", found none among its " + entries.size() + ".");
        }
        return entry;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
