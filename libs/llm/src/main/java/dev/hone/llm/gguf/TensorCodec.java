package dev.hone.llm.gguf;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Rounds and reads rows of a matrix. Rows are independent, so the result does not depend on how they are spread over cores. */
final class TensorCodec {
    /** Keeps a column whose inputs were never seen from counting for nothing. */
    private static final float FLOOR = 1e-3f;

    private TensorCodec() {}

    /**
     * @param x [rows, columns], row-major, from the value {@code from}
     * @param h weight of each column's error, see {@link #weights}
     * @param out gets the rows' bytes from its beginning
     */
    static void encode(GgufType type, float[] x, int from, int rows, int columns, float[] h, MemorySegment out) {
        long bytes = type.bytes(columns);
        IntStream.range(0, rows).parallel().forEach(row -> type.blocks().encodeRow(type, x, from + row * columns, columns, h, out, bytes * row));
    }

    /** @param x gets [rows, columns] from the value {@code to} */
    static void decode(GgufType type, MemorySegment in, float[] x, int to, int rows, int columns) {
        long bytes = type.bytes(columns);
        IntStream.range(0, rows).parallel().forEach(row -> type.blocks().decodeRow(type, in, bytes * row, x, to + row * columns, columns));
    }

    /**
     * Weights of the columns' errors, 1 on average.
     *
     * @param importance such as each column's mean squared input; null weighs all the same
     */
    static float[] weights(float[] importance, int columns) {
        float[] h = new float[columns];
        Arrays.fill(h, 1);
        double mean = 0;
        for (int i = 0; importance != null && i < columns; i++) {
            mean += importance[i] / (double) columns;
        }
        for (int i = 0; mean > 0 && i < columns; i++) {
            h[i] = (float) (importance[i] / mean) + FLOOR;
        }
        return h;
    }
}
