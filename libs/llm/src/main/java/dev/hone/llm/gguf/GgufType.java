package dev.hone.llm.gguf;

import dev.hone.llm.format.FormatException;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Types of tensors that Hone reads and writes, under ggml's names: how many values a block holds, and in how many bytes. */
enum GgufType {
    F32(0, 1, 4), F16(1, 1, 2), BF16(30, 1, 2), Q8_0(8, 32, 34), Q4_0(2, 32, 18), Q5_0(6, 32, 22), Q4_K(12, 256, 144), Q5_K(13, 256, 176), Q6_K(14, 256, 210);

    private final int id;
    private final int values;
    private final int bytes;

    GgufType(int id, int values, int bytes) {
        this.id = id;
        this.values = values;
        this.bytes = bytes;
    }

    /** The number in a file. */
    int id() {
        return id;
    }

    /** Values of a block. */
    int blockLength() {
        return values;
    }

    /** Bytes of so many values, a whole number of blocks. */
    long bytes(long elements) {
        return elements / values * bytes;
    }

    boolean fits(long columns) {
        return columns % values == 0;
    }

    /** A codec with its own scratch memory: one thread's. */
    Blocks blocks() {
        return switch (this) {
            case F32, F16, BF16 -> new FloatBlocks(this);
            case Q8_0 -> new Q8Blocks();
            case Q4_0 -> new SmallBlocks(4);
            case Q5_0 -> new SmallBlocks(5);
            case Q4_K -> new AffineBlocks(4);
            case Q5_K -> new AffineBlocks(5);
            case Q6_K -> new Q6Blocks();
        };
    }

    static GgufType of(int id, String tensor) {
        return Arrays.stream(values()).filter(type -> type.id == id).findFirst().orElseThrow(() -> new FormatException(
                "Tensor " + tensor + " has ggml's type " + id + ", which Hone does not read. It reads " + Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", ")) + "."));
    }
}
