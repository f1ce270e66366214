package dev.hone.llm.quant;

import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.rounding.Deviation;
import dev.hone.llm.rounding.Parallel;
import dev.hone.llm.rounding.QuantizationFailed;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;

/**
 * A matrix that is read and worked on some rows at a time, on all cores. What a worker holds fits into its core's cache, and
 * pages of the file are given back as soon as the matrix is done.
 *
 * @param made the values, where they do not lie in a file but have to be made, such as those of a merged adapter; else null
 * @param rowsOfPiece a multiple of 32, so that pieces cut neither words, in which zero points of rows lie, nor blocks of NF4
 */
record RowPieces(WeightSource weights, String name, float[] made, int rows, int columns, int rowsOfPiece) {
    private static final int WEIGHTS_OF_PIECE = 1 << 17;
    private static final int STEP = 32;
    private static final int WEIGHTS_BETWEEN_UNLOADS = 1 << 22;

    static RowPieces of(WeightSource weights, String name) {
        TensorInfo info = weights.info(name);
        if (info.shape().size() != 2) {
            throw new QuantizationFailed("shape", "Expected a matrix to round in " + name + ", found the shape " + info.shape() + ".");
        }
        int columns = info.shape().get(1).intValue();
        float[] made = weights.bytes(name).isPresent() || weights.isQuantized(name) ? null : weights.floats(name);
        return new RowPieces(weights, name, made, info.shape().get(0).intValue(), columns, Math.max(STEP, WEIGHTS_OF_PIECE / Math.max(1, columns) / STEP * STEP));
    }

    /** What is done with the rows from {@code first} to before {@code end}, whose weights are {@code values}; by any thread. */
    interface Work {
        Deviation.Sums piece(int first, int end, float[] values);
    }

    /**
     * @return what all rows lost, summed in their order
     * @throws QuantizationInterrupted if {@code stop} became true
     */
    Deviation.Sums forEach(Work work, BooleanSupplier stop) {
        Deviation.Sums[] parts = new Deviation.Sums[Math.ceilDiv(rows, rowsOfPiece)];
        Queue<float[]> used = new ConcurrentLinkedQueue<>();
        Parallel.rows(parts.length, piece -> {
            if (stop.getAsBoolean()) {
                throw new QuantizationInterrupted();
            }
            int first = piece * rowsOfPiece;
            int end = Math.min(rows, first + rowsOfPiece);
            float[] free = end - first == rowsOfPiece ? used.poll() : null;
            float[] values = free != null ? free : new float[(end - first) * columns];
            read((long) first * columns, values);
            parts[piece] = work.piece(first, end, values);
            if (end - first == rowsOfPiece) {
                used.add(values);
            }
        });
        weights.unload(name);
        return Deviation.Sums.of(parts);
    }

    private void read(long first, float[] into) {
        if (made == null) {
            weights.floats(name, first, into);
        } else {
            System.arraycopy(made, Math.toIntExact(first), into, 0, into.length);
        }
    }

    /** All weights, row-major, without the file's pages beside them. */
    float[] all() {
        if (made != null) {
            return made;
        }
        float[] all = new float[Math.multiplyExact(rows, columns)];
        float[] piece = new float[WEIGHTS_BETWEEN_UNLOADS];
        for (int first = 0; first < all.length; first += piece.length) {
            piece = all.length - first < piece.length ? new float[all.length - first] : piece;
            read(first, piece);
            System.arraycopy(piece, 0, all, first, piece.length);
            weights.unload(name);
        }
        return all;
    }
}
