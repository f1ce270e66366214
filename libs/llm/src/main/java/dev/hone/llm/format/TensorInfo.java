package dev.hone.llm.format;

import java.util.List;

/**
 * Name, element type and shape of one tensor, rows first.
 *
 * @param shape sizes per dimension; empty for a scalar
 */
public record TensorInfo(String name, DType dtype, List<Long> shape) {
    public TensorInfo {
        shape = List.copyOf(shape);
        if (shape.stream().anyMatch(n -> n < 0)) {
            throw new FormatException("Tensor " + name + " has the shape " + shape + ": sizes cannot be negative.");
        }
    }

    public static TensorInfo of(String name, DType dtype, long... shape) {
        return new TensorInfo(name, dtype, java.util.Arrays.stream(shape).boxed().toList());
    }

    public long elements() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }

    /** Bytes of all elements. */
    public long bytes() {
        return Math.multiplyExact(elements(), (long) dtype.bytes());
    }

    /** The shape as the array that tensor libraries want; a fresh copy. */
    public long[] dimensions() {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }

    public TensorInfo withDtype(DType other) {
        return new TensorInfo(name, other, shape);
    }
}
