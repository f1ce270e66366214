package dev.hone.llm.gguf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** What lies before the tensors' data: magic, version, metadata, and each tensor's name, shape, type and place. Little-endian. */
final class GgufHeader {
    static final int MAGIC = 0x46554747;
    static final int VERSION = 3;
    /** Of the data's beginning and of each tensor in it, unless general.alignment says otherwise. */
    static final int ALIGNMENT = 32;

    private ByteBuffer bytes = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);

    private GgufHeader() {}

    static long aligned(long position, long alignment) {
        return (position + alignment - 1) / alignment * alignment;
    }

    /** The header with its padding; data begins right after it. */
    static ByteBuffer of(Map<String, GgufValue> metadata, List<GgufTensor> tensors) {
        GgufHeader header = new GgufHeader();
        header.int32(MAGIC).int32(VERSION).int64(tensors.size()).int64(metadata.size());
        metadata.forEach((key, value) -> header.text(key).int32(value.type()).value(value));
        long offset = 0;
        for (GgufTensor tensor : tensors) {
            header.text(tensor.name()).int32(tensor.shape().size());
            tensor.shape().reversed().forEach(header::int64);
            header.int32(tensor.type().id()).int64(offset);
            offset = aligned(offset + tensor.bytes(), ALIGNMENT);
        }
        int length = (int) aligned(header.bytes.position(), ALIGNMENT);
        header.room(length - header.bytes.position());
        return header.bytes.position(length).flip();
    }

    private void value(GgufValue value) {
        switch (value) {
            case GgufValue.Count count -> int32(count.value());
            case GgufValue.Real real -> float32(real.value());
            case GgufValue.Flag flag -> int8(flag.value());
            case GgufValue.Text text -> text(text.value());
            case GgufValue.Texts texts -> {
                array(GgufValue.STRING, texts.values().size());
                texts.values().forEach(this::text);
            }
            case GgufValue.Ints ints -> {
                array(GgufValue.INT32, ints.values().length);
                for (int n : ints.values()) {
                    int32(n);
                }
            }
            case GgufValue.Reals reals -> {
                array(GgufValue.FLOAT32, reals.values().length);
                for (float n : reals.values()) {
                    float32(n);
                }
            }
            case GgufValue.Flags flags -> {
                array(GgufValue.BOOL, flags.values().length);
                for (boolean flag : flags.values()) {
                    int8(flag);
                }
            }
        }
    }

    private void array(int type, int length) {
        int32(type).int64(length);
    }

    private void room(int more) {
        if (bytes.remaining() < more) {
            bytes = ByteBuffer.allocate(Math.max(2 * bytes.capacity(), Math.addExact(bytes.position(), more))).order(ByteOrder.LITTLE_ENDIAN).put(bytes.flip());
        }
    }

    private GgufHeader int32(int value) {
        room(4);
        bytes.putInt(value);
        return this;
    }

    private void float32(float value) {
        int32(Float.floatToRawIntBits(value));
    }

    private GgufHeader int64(long value) {
        room(8);
        bytes.putLong(value);
        return this;
    }

    private void int8(boolean value) {
        room(1);
        bytes.put((byte) (value ? 1 : 0));
    }

    private GgufHeader text(String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        int64(utf8.length);
        room(utf8.length);
        bytes.put(utf8);
        return this;
    }
}
