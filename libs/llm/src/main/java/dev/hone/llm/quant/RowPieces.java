package dev.hone.llm.quant;

import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.format.WeightSource;
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
    private static final int WEIGHTS_BETWEEN_UNLOADS = 1 << 25;

    static RowPieces of(WeightSource weights, String name) {
        TensorInfo info = weights.info(name);
        if (info.shape().size() != 2) {
            throw new QuantizationFailed("shape", "Expected a matrix to round in " + name + ", found the shape " + info.shape() + ".");
        }
        int columns = info.shape().get(1).intValue();
        float[] made = weights.bytes(name).isPresent() || weights.isQuantized(name) ? null : weights.floats(name);
        return new RowPieces(weights, name, made, info.shape().get(0).intValue(), columns, Math.max(STEP, WEIGHTS_OF_PIECE / Math.max(1, columns) / STEP * STEP));
    }

    /** What is done with the rows from {@code first} to before {@code end}; by any thread. */
    interface Work {
        Deviation.Sums piece(int first, int end);
    }

    /**
     * @return what all rows lost, summed in their order
     * @throws QuantizationInterrupted if {@code stop} became true
     */
    Deviation.Sums forEach(Work work, BooleanSupplier stop) {
        Deviation.Sums[] parts = new Deviation.Sums[Math.ceilDiv(rows, rowsOfPiece)];
        Parallel.rows(parts.length, piece -> {
            if (stop.getAsBoolean()) {
                throw new QuantizationInterrupted();
            }
            parts[piece] = work.piece(piece * rowsOfPiece, Math.min(rows, (piece + 1) * rowsOfPiece));
        });
        weights.unload(name);
        return Deviation.Sums.of(parts);
    }

    void read(int row, float[] into) {
        read((long) row * columns, into);
    }

    /** The weights from {@code first} on, as many as {@code into} takes. */
    void read(long first, float[] into) {
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
        float[] row = new float[columns];
        for (int r = 0; r < rows; r++) {
            read(r, row);
            System.arraycopy(row, 0, all, r * columns, columns);
            if ((long) r * columns / WEIGHTS_BETWEEN_UNLOADS != (long) (r + 1) * columns / WEIGHTS_BETWEEN_UNLOADS) {
                weights.unload(name);
            }
        }
        return all;
    }
}
