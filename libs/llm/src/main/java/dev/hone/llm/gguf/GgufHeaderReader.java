package dev.hone.llm.gguf;

import dev.hone.llm.format.FormatException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads what {@link GgufHeader} describes, and believes no length before it was compared with the file's. */
final class GgufHeaderReader {
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment file;
    private final Path path;
    private final Map<String, Object> metadata = new LinkedHashMap<>();
    private final Map<String, Entry> tensors = new LinkedHashMap<>();
    private long at;

    /** @param position of the tensor's bytes in the file */
    record Entry(GgufTensor tensor, long position) {}

    GgufHeaderReader(MemorySegment file, Path path) {
        this.file = file;
        this.path = path;
        if (file.byteSize() < 24 || int32() != GgufHeader.MAGIC) {
            throw new FormatException("Expected a GGUF file, found another format or a file that is cut off: " + path + ".");
        }
        int version = int32();
        if (version < 2 || version > GgufHeader.VERSION) {
            throw new FormatException("Expected GGUF of version 2 or 3, little-endian, found version " + Integer.toUnsignedString(version) + " in " + path + ".");
        }
        long tensorCount = length(1);
        long keyCount = length(1);
        for (long i = 0; i < keyCount; i++) {
            metadata.put(text(), value(int32()));
        }
        tensors(tensorCount);
    }

    Map<String, Object> metadata() {
        return metadata;
    }

    Map<String, Entry> tensors() {
        return tensors;
    }

    private void tensors(long count) {
        Map<GgufTensor, Long> offsets = new LinkedHashMap<>();
        for (long i = 0; i < count; i++) {
            String name = text();
            int dimensions = int32();
            List<Long> shape = new ArrayList<>();
            for (int n = 0; n < Math.clamp(dimensions, 0, 5); n++) {
                shape.addFirst(int64());
            }
            offsets.put(new GgufTensor(name, GgufType.of(int32(), name), shape), int64());
        }
        long alignment = metadata.get("general.alignment") instanceof Long given && given > 0 ? given : GgufHeader.ALIGNMENT;
        long data = GgufHeader.aligned(at, alignment);
        offsets.forEach((tensor, offset) -> {
            long position = data + offset;
            if (offset < 0 || offset % alignment != 0 || position > file.byteSize() - tensor.bytes()) {
                throw new FormatException("Tensor " + tensor.name() + " in " + path + " claims " + tensor.bytes() + " bytes from " + position
                        + " of a file of " + file.byteSize() + ". It is cut off or damaged.");
            }
            if (tensors.put(tensor.name(), new Entry(tensor, position)) != null) {
                throw new FormatException("The tensor " + tensor.name() + " lies twice in " + path + ".");
            }
        });
    }

    private Object value(int type) {
        return switch (type) {
            case 0 -> (long) Blocks.unsigned(file, step(1));
            case 1 -> (long) file.get(ValueLayout.JAVA_BYTE, step(1));
            case 2 -> (long) Short.toUnsignedInt(file.get(Blocks.HALF, step(2)));
            case 3 -> (long) file.get(Blocks.HALF, step(2));
            case GgufValue.UINT32 -> Integer.toUnsignedLong(int32());
            case GgufValue.INT32 -> (long) int32();
            case GgufValue.FLOAT32 -> (double) file.get(F32, step(4));
            case GgufValue.BOOL -> Blocks.unsigned(file, step(1)) != 0;
            case GgufValue.STRING -> text();
            case GgufValue.ARRAY -> array();
            case 10, 11 -> int64();
            case 12 -> file.get(F64, step(8));
            default -> throw new FormatException("Expected a type from 0 to 12 for a value in " + path + ", found " + type + ". It is damaged.");
        };
    }

    private List<Object> array() {
        int type = int32();
        long length = length(1);
        List<Object> values = new ArrayList<>();
        for (long i = 0; i < length; i++) {
            values.add(value(type));
        }
        return values;
    }

    private long step(long bytes) {
        if (at > file.byteSize() - bytes) {
            throw new FormatException("The header of " + path + " goes on beyond the file's " + file.byteSize() + " bytes. It is cut off or damaged.");
        }
        long here = at;
        at += bytes;
        return here;
    }

    private int int32() {
        return file.get(Blocks.WORD, step(4));
    }

    private long int64() {
        return file.get(I64, step(8));
    }

    /** A count of things that take at least so many bytes each. */
    private long length(int each) {
        long length = int64();
        if (length < 0 || length > (file.byteSize() - at) / each) {
            throw new FormatException("Expected at most " + file.byteSize() + " of anything in " + path + ", found a count of " + Long.toUnsignedString(length) + ". It is damaged.");
        }
        return length;
    }

    private String text() {
        int length = Math.toIntExact(length(1));
        byte[] utf8 = new byte[length];
        MemorySegment.copy(file, ValueLayout.JAVA_BYTE, step(length), utf8, 0, length);
        return new String(utf8, StandardCharsets.UTF_8);
    }
}
