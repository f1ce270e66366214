package dev.hone.llm.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Writes one safetensors file. All tensors are declared first and then written in any order, so that a model of any size
 * needs memory for one tensor only. The bytes depend on the content alone: equal tensors give an equal file. The file
 * appears under its name when {@link #close()} finds every declared tensor written; otherwise close fails and leaves none.
 */
public final class SafetensorsWriter implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int ALIGNMENT = 8;

    private final Path target;
    private final Path part;
    private final FileChannel channel;
    private final Map<String, TensorInfo> infos = new LinkedHashMap<>();
    private final Map<String, Long> positions = new LinkedHashMap<>();
    private final Set<String> missing = new TreeSet<>();

    private SafetensorsWriter(Path target, List<TensorInfo> tensors, Map<String, String> metadata) throws IOException {
        this.target = target;
        this.part = target.resolveSibling(target.getFileName() + ".part");
        byte[] header = layOut(tensors, metadata);
        channel = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        ByteBuffer start = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header).flip();
        writeAt(start, 0);
    }

    /** @param metadata free text kept in {@code __metadata__}; Transformers wants {@code format: pt} there, which is added */
    public static SafetensorsWriter create(Path target, List<TensorInfo> tensors, Map<String, String> metadata) {
        try {
            return new SafetensorsWriter(target, tensors, metadata);
        } catch (IOException e) {
            throw new FormatException("Cannot write " + target + ": " + e.getMessage(), e);
        }
    }

    public static SafetensorsWriter create(Path target, List<TensorInfo> tensors) {
        return create(target, tensors, Map.of());
    }

    private byte[] layOut(List<TensorInfo> tensors, Map<String, String> metadata) throws JsonProcessingException {
        // widest type first, as the reference writer does: every tensor then lies aligned
        List<TensorInfo> inOrder = new ArrayList<>(tensors);
        inOrder.sort(Comparator.comparingInt((TensorInfo t) -> -t.dtype().bytes()).thenComparing(TensorInfo::name));
        ObjectNode root = JSON.createObjectNode();
        ObjectNode free = root.putObject("__metadata__").put("format", "pt");
        new java.util.TreeMap<>(metadata).forEach(free::put);
        long offset = 0;
        for (TensorInfo info : inOrder) {
            if (infos.put(info.name(), info) != null) {
                throw new FormatException("The tensor " + info.name() + " was declared twice for " + target + ".");
            }
            ObjectNode entry = root.putObject(info.name()).put("dtype", info.dtype().name());
            info.shape().forEach(entry.putArray("shape")::add);
            entry.putArray("data_offsets").add(offset).add(offset + info.bytes());
            positions.put(info.name(), offset);
            offset += info.bytes();
        }
        missing.addAll(infos.keySet());
        StringBuilder json = new StringBuilder(JSON.writeValueAsString(root));
        int bytes = json.toString().getBytes(StandardCharsets.UTF_8).length;
        json.repeat(' ', Math.floorMod(-bytes, ALIGNMENT));
        byte[] header = json.toString().getBytes(StandardCharsets.UTF_8);
        positions.replaceAll((name, position) -> position + 8 + header.length);
        return header;
    }

    /** Writes a tensor's bytes: little-endian, row-major, from the buffer's position to its limit. */
    public SafetensorsWriter write(String name, ByteBuffer bytes) {
        TensorInfo info = declared(name);
        if (bytes.remaining() != info.bytes()) {
            throw new FormatException("Tensor " + name + " needs " + info.bytes() + " bytes for " + info.dtype() + info.shape() + ", got " + bytes.remaining() + ".");
        }
        try {
            writeAt(bytes.duplicate(), positions.get(name));
        } catch (IOException e) {
            throw new FormatException("Cannot write " + target + ": " + e.getMessage(), e);
        }
        missing.remove(name);
        return this;
    }

    public SafetensorsWriter write(String name, byte[] bytes) {
        return write(name, ByteBuffer.wrap(bytes));
    }

    /** Rounds the values to the declared floating type. */
    public SafetensorsWriter write(String name, float[] values) {
        return write(name, FloatCodec.encode(values, declared(name).dtype()));
    }

    /** Writes an I32 tensor. */
    public SafetensorsWriter write(String name, int[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(values);
        return write(name, bytes);
    }

    private TensorInfo declared(String name) {
        TensorInfo info = infos.get(name);
        if (info == null) {
            throw new FormatException("The tensor " + name + " was not declared for " + target + ".");
        }
        return info;
    }

    private void writeAt(ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    /** Gives up: leaves no file. Does nothing after {@link #close()}. */
    public void abandon() {
        try {
            if (channel.isOpen()) {
                channel.close();
                Files.deleteIfExists(part);
            }
        } catch (IOException e) {
            throw new FormatException("Cannot remove " + part + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        try {
            if (!channel.isOpen()) {
                return;
            }
            boolean complete = missing.isEmpty();
            if (complete) {
                channel.force(true);
            }
            channel.close();
            if (complete) {
                Files.move(part, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            } else {
                Files.deleteIfExists(part);
                throw new FormatException("The file " + target + " was not written: " + missing.size() + " declared tensors never came, the first is " + missing.iterator().next() + ".");
            }
        } catch (IOException e) {
            throw new FormatException("Cannot finish " + target + ": " + e.getMessage(), e);
        }
    }
}
