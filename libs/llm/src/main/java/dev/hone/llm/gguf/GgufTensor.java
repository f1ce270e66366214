package dev.hone.llm.gguf;

import dev.hone.llm.format.FormatException;
import java.util.List;

/**
 * Name, type and shape of one tensor.
 *
 * @param shape rows first, as Hugging Face has it; files have it the other way round
 */
record GgufTensor(String name, GgufType type, List<Long> shape) {
    GgufTensor {
        shape = List.copyOf(shape);
        if (shape.isEmpty() || shape.size() > 4 || shape.stream().anyMatch(n -> n < 1)) {
            throw new FormatException("Expected one to four sizes of at least 1 for tensor " + name + ", found " + shape + ".");
        }
        if (!type.fits(shape.getLast())) {
            throw new FormatException("Expected rows of a multiple of " + type.blockLength() + " values for tensor " + name + " in " + type + ", found " + shape.getLast() + ".");
        }
    }

    /** Values of a row. */
    int columns() {
        return Math.toIntExact(shape.getLast());
    }

    int rows() {
        return Math.toIntExact(elements() / columns());
    }

    long elements() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }

    long bytes() {
        return type.bytes(elements());
    }

    boolean isMatrix() {
        return shape.size() > 1;
    }
}
