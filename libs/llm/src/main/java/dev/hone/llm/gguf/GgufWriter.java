package dev.hone.llm.gguf;

import dev.hone.llm.format.FormatException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes one file. All tensors are declared first and then written in any order and in pieces, so that a model of any size
 * needs memory for a piece only. The file appears under its name with {@link #finish}; closed without it, there is none.
 */
final class GgufWriter implements AutoCloseable {
    private final Path target;
    private final Path part;
    private final FileChannel channel;
    private final Map<String, Long> positions = new LinkedHashMap<>();
    private final Map<String, Long> missing = new LinkedHashMap<>();

    GgufWriter(Path target, Map<String, GgufValue> metadata, List<GgufTensor> tensors) {
        this.target = target;
        this.part = target.resolveSibling(target.getFileName() + ".part");
        ByteBuffer header = GgufHeader.of(metadata, tensors);
        long position = header.remaining();
        for (GgufTensor tensor : tensors) {
            if (positions.put(tensor.name(), position) != null) {
                throw new FormatException("The tensor " + tensor.name() + " was declared twice for " + target + ".");
            }
            missing.put(tensor.name(), tensor.bytes());
            position = GgufHeader.aligned(position + tensor.bytes(), GgufHeader.ALIGNMENT);
        }
        try {
            if (target.toAbsolutePath().getParent() != null) {
                Files.createDirectories(target.toAbsolutePath().getParent());
            }
            channel = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
            put(header, 0);
            if (position > channel.size()) {
                // the padding after the last tensor, which readers count on
                put(ByteBuffer.allocate(1), position - 1);
            }
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private FormatException failure(IOException e) {
        return new FormatException("Cannot write " + target + ": " + e.getMessage(), e);
    }

    /** A piece of a tensor's bytes; each byte comes once. */
    void write(String name, long firstByte, MemorySegment bytes) {
        Long left = missing.get(name);
        if (left == null || bytes.byteSize() > left) {
            throw new FormatException("Tensor " + name + " of " + target + " still needs " + left + " bytes, got " + bytes.byteSize() + ".");
        }
        try {
            put(bytes.asByteBuffer(), positions.get(name) + firstByte);
        } catch (IOException e) {
            throw failure(e);
        }
        missing.computeIfPresent(name, (key, before) -> before == bytes.byteSize() ? null : before - bytes.byteSize());
    }

    /** Reads a piece back from the file. */
    void read(String name, long firstByte, MemorySegment into) {
        ByteBuffer bytes = into.asByteBuffer();
        long at = positions.get(name) + firstByte;
        try {
            while (bytes.hasRemaining()) {
                int read = channel.read(bytes, at);
                if (read < 0) {
                    throw new IOException("it ends before its tensors do");
                }
                at += read;
            }
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private void put(ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    /** Where each tensor begins in the file. */
    Map<String, Long> positions() {
        return positions;
    }

    /** The file under its name, complete. */
    void finish() {
        if (!missing.isEmpty()) {
            throw new FormatException("The file " + target + " was not written: " + missing.size() + " declared tensors never came whole, the first is " + missing.keySet().iterator().next() + ".");
        }
        try {
            channel.force(true);
            channel.close();
            Files.move(part, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    @Override
    public void close() {
        try {
            if (channel.isOpen()) {
                channel.close();
                Files.deleteIfExists(part);
            }
        } catch (IOException e) {
            throw failure(e);
        }
    }
}
