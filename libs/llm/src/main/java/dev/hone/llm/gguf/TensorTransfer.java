package dev.hone.llm.gguf;

import dev.hone.llm.format.FormatException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Brings tensors into a file in pieces of rows, and reads each piece back to see what it lost. */
final class TensorTransfer {
    private static final int PIECE = 1 << 24;

    private final GgufWriter writer;
    private final Runnable checkStop;
    private double lost;
    private double whole;

    TensorTransfer(GgufWriter writer, Runnable checkStop) {
        this.writer = writer;
        this.checkStop = checkStop;
    }

    /** |W − Q(W)|² / |W|² over all matrices written so far. */
    double matrixError() {
        return whole == 0 ? 0 : lost / whole;
    }

    /**
     * @param importance of the columns, or null
     * @return |W − Q(W)|² / |W|² of this tensor
     */
    double write(GgufTensor tensor, float[] values, float[] importance) {
        int columns = tensor.columns();
        float[] h = TensorCodec.weights(importance, columns);
        long rowBytes = tensor.type().bytes(columns);
        int rows = Math.clamp(PIECE / columns, 1, tensor.rows());
        float[] back = new float[rows * columns];
        double tensorLost = 0;
        double tensorWhole = 0;
        try (Arena arena = Arena.ofShared()) {
            MemorySegment bytes = arena.allocate(rowBytes * rows, 32);
            for (int row = 0; row < tensor.rows(); row += rows) {
                checkStop.run();
                int count = Math.min(rows, tensor.rows() - row);
                MemorySegment piece = bytes.asSlice(0, rowBytes * count);
                TensorCodec.encode(tensor.type(), values, row * columns, count, columns, h, piece);
                writer.write(tensor.name(), rowBytes * row, piece);
                writer.read(tensor.name(), rowBytes * row, piece);
                TensorCodec.decode(tensor.type(), piece, back, 0, count, columns);
                for (int i = 0; i < count * columns; i++) {
                    double value = values[row * columns + i];
                    double difference = value - back[i];
                    tensorLost += difference * difference;
                    tensorWhole += value * value;
                }
            }
        }
        requireFinite(tensor, tensorLost, tensorWhole);
        if (tensor.isMatrix()) {
            lost += tensorLost;
            whole += tensorWhole;
        }
        return tensorWhole == 0 ? 0 : tensorLost / tensorWhole;
    }

    private static void requireFinite(GgufTensor tensor, double lost, double whole) {
        if (!Double.isFinite(whole)) {
            throw new FormatException("Expected finite values in " + tensor.name() + ", found infinite ones or such as are no numbers. The model is damaged.");
        }
        if (!Double.isFinite(lost)) {
            throw new FormatException("Values of " + tensor.name() + " are too large for " + tensor.type() + ", which ends at 65504. Choose bf16 or q8_0.");
        }
    }
}
