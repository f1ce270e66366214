package dev.hone.llm.gguf;

import dev.hone.llm.format.FormatException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Memory-mapped reader of one file. Nothing is copied until asked for. */
final class GgufFile implements AutoCloseable {
    private final Path path;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment mapped;
    private final GgufHeaderReader header;

    private GgufFile(Path path) {
        this.path = path;
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            header = new GgufHeaderReader(mapped, path);
        } catch (IOException e) {
            arena.close();
            throw new FormatException("Cannot read " + path + ": " + e.getMessage(), e);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** @throws FormatException if it is another format, damaged, or has tensors of a type that Hone does not read */
    static GgufFile open(Path path) {
        return new GgufFile(path);
    }

    /** Integers as Long, floats as Double, and Boolean, String and lists of them. */
    Map<String, Object> metadata() {
        return Collections.unmodifiableMap(header.metadata());
    }

    Set<String> names() {
        return Collections.unmodifiableSet(header.tensors().keySet());
    }

    GgufTensor tensor(String name) {
        return entry(name).tensor();
    }

    /** Where the tensor begins in the file. */
    long position(String name) {
        return entry(name).position();
    }

    /** The tensor's bytes, a view of the mapping. */
    MemorySegment segment(String name) {
        return mapped.asSlice(entry(name).position(), entry(name).tensor().bytes());
    }

    /** All values, row-major; a fresh array. */
    float[] floats(String name) {
        GgufTensor tensor = tensor(name);
        float[] values = new float[Math.toIntExact(tensor.elements())];
        TensorCodec.decode(tensor.type(), segment(name), values, 0, tensor.rows(), tensor.columns());
        return values;
    }

    void unload(String name) {
        segment(name).unload();
    }

    private GgufHeaderReader.Entry entry(String name) {
        GgufHeaderReader.Entry entry = header.tensors().get(name);
        if (entry == null) {
            throw new FormatException("Expected a tensor named " + name + " in " + path + ", found none among its " + header.tensors().size() + ": " + first(names()) + " …");
        }
        return entry;
    }

    private static List<String> first(Set<String> names) {
        return names.stream().limit(5).toList();
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
