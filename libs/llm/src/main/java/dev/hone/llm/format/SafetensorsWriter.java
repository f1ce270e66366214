package dev.hone.llm.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes one safetensors file. All tensors are declared first and then written in any order, whole or in pieces, so that a
 * model of any size needs little memory. The bytes depend on the content alone: equal tensors give an equal file. The file
 * appears under its name when {@link #close()} finds every declared tensor written; otherwise close fails and leaves none.
 */
public final class SafetensorsWriter implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int ALIGNMENT = 8;
    private static final int PIECE = 1 << 22;

    private final Path target;
    private final Path part;
    private final FileChannel channel;
    private final Map<String, TensorInfo> infos = new LinkedHashMap<>();
    private final Map<String, Long> positions = new LinkedHashMap<>();
    private final Map<String, AtomicLong> written = new HashMap<>();

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
        new TreeMap<>(metadata).forEach(free::put);
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
        infos.keySet().forEach(name -> written.put(name, new AtomicLong()));
        StringBuilder json = new StringBuilder(JSON.writeValueAsString(root));
        int bytes = json.toString().getBytes(StandardCharsets.UTF_8).length;
        json.repeat(' ', Math.floorMod(-bytes, ALIGNMENT));
        byte[] header = json.toString().getBytes(StandardCharsets.UTF_8);
        positions.replaceAll((name, position) -> position + 8 + header.length);
        return header;
    }

    /** Writes a tensor's bytes: little-endian, row-major, from the buffer's position to its limit. */
    public SafetensorsWriter write(String name, ByteBuffer bytes) {
        requireSize(declared(name), bytes.remaining());
        writeAt(bytes.duplicate(), positions.get(name));
        written.get(name).set(bytes.remaining());
        return this;
    }

    public SafetensorsWriter write(String name, byte[] bytes) {
        return write(name, ByteBuffer.wrap(bytes));
    }

    /** Writes a tensor of any size from memory that is mapped or native. */
    public SafetensorsWriter write(String name, MemorySegment bytes) {
        requireSize(declared(name), bytes.byteSize());
        for (long from = 0; from < bytes.byteSize(); from += PIECE) {
            write(name, from, bytes.asSlice(from, Math.min(PIECE, bytes.byteSize() - from)).asByteBuffer());
        }
        return this;
    }

    /**
     * Writes a piece of a tensor. Pieces may come in any order and from several threads; each byte of the tensor must
     * come once.
     *
     * @param firstByte where it begins within the tensor
     */
    public SafetensorsWriter write(String name, long firstByte, ByteBuffer piece) {
        TensorInfo info = declared(name);
        if (firstByte < 0 || firstByte + piece.remaining() > info.bytes()) {
            throw new FormatException("Tensor " + name + " has " + info.bytes() + " bytes, got a piece from " + firstByte + " to " + (firstByte + piece.remaining()) + ".");
        }
        writeAt(piece.duplicate(), positions.get(name) + firstByte);
        written.get(name).addAndGet(piece.remaining());
        return this;
    }

    /** Rounds the values to the declared floating type. */
    public SafetensorsWriter write(String name, float[] values) {
        TensorInfo info = declared(name);
        requireSize(info, (long) values.length * info.dtype().bytes());
        return write(name, 0, values);
    }

    /** Rounds a piece of the values, the elements from {@code first} on, to the declared floating type. */
    public SafetensorsWriter write(String name, long first, float[] values) {
        DType dtype = declared(name).dtype();
        int most = PIECE / dtype.bytes();
        byte[] piece = new byte[Math.min(most, values.length) * dtype.bytes()];
        for (int from = 0; from < values.length; from += most) {
            int count = Math.min(most, values.length - from);
            FloatCodec.encode(values, from, count, dtype, piece);
            write(name, (first + from) * dtype.bytes(), ByteBuffer.wrap(piece, 0, count * dtype.bytes()));
        }
        return this;
    }

    /** Writes an I32 tensor. */
    public SafetensorsWriter write(String name, int[] values) {
        requireSize(declared(name), 4L * values.length);
        return write(name, 0, values);
    }

    /** Writes a piece of an I32 tensor, the elements from {@code first} on. */
    public SafetensorsWriter write(String name, long first, int[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(4, values.length)).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(values);
        return write(name, 4 * first, bytes);
    }

    private static void requireSize(TensorInfo info, long bytes) {
        if (bytes != info.bytes()) {
            throw new FormatException("Tensor " + info.name() + " needs " + info.bytes() + " bytes for " + info.dtype() + info.shape() + ", got " + bytes + ".");
        }
    }

    /** Bytes of a declared tensor that no piece has brought yet. */
    private long missing(String name) {
        return infos.get(name).bytes() - written.get(name).get();
    }

    private TensorInfo declared(String name) {
        TensorInfo info = infos.get(name);
        if (info == null) {
            throw new FormatException("The tensor " + name + " was not declared for " + target + ".");
        }
        return info;
    }

    private void writeAt(ByteBuffer bytes, long position) {
        try {
            long at = position;
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
        } catch (IOException e) {
            throw new FormatException("Cannot write " + target + ": " + e.getMessage(), e);
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
            List<String> incomplete = infos.keySet().stream().filter(name -> missing(name) != 0).toList();
            boolean complete = incomplete.isEmpty();
            if (complete) {
                channel.force(true);
            }
            channel.close();
            if (complete) {
                Files.move(part, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            } else {
                Files.deleteIfExists(part);
                throw new FormatException("The file " + target + " was not written: " + incomplete.size() + " declared tensors never came whole, the first is "
                        + incomplete.getFirst() + ", which misses " + missing(incomplete.getFirst()) + " bytes.");
            }
        } catch (IOException e) {
            throw new FormatException("Cannot finish " + target + ": " + e.getMessage(), e);
        }
    }
}
