package dev.hone.llm.kernel;

import dev.hone.llm.format.IntegerMatrix;
import dev.hone.llm.rounding.QuantizedMatrix;
import java.util.Optional;

/** A matrix of integer codes, row by row: value = scale · (code − zero), both of the row and its group. */
public interface IntegerRows {
    int rows();

    int columns();

    /** 4 or 8. */
    int bits();

    /** Columns side by side that share a scale. */
    int group();

    /** Signed codes: −128 to 127 of eight bits, −8 to 7 of four. @param into [columns] */
    void codes(int row, byte[] into);

    float scale(int row, int group);

    /** Signed as the codes; 0 where the matrix is symmetric. */
    int zero(int row, int group);

    static IntegerRows of(QuantizedMatrix matrix) {
        return new Rounded(matrix);
    }

    /** A matrix as a file has it; empty where its groups are not of columns side by side. */
    static Optional<IntegerRows> of(IntegerMatrix matrix) {
        return matrix.groupOf() != null ? Optional.empty() : Optional.of(new Stored(matrix, matrix.rows(), matrix.columns(), matrix.group()));
    }

    /** Rounded just now. */
    record Rounded(QuantizedMatrix matrix, int rows, int columns, int bits, int group) implements IntegerRows {
        Rounded(QuantizedMatrix matrix) {
            this(matrix, matrix.rows(), matrix.columns(), matrix.bits(), matrix.group());
        }

        @Override
        public void codes(int row, byte[] into) {
            System.arraycopy(matrix.codes(), row * columns, into, 0, columns);
        }

        @Override
        public float scale(int row, int group) {
            return matrix.scales()[matrix.scaleOf(row, group * matrix.group())];
        }

        @Override
        public int zero(int row, int group) {
            return matrix.zeroPoints().length == 0 ? 0 : matrix.zeroPoints()[matrix.scaleOf(row, group * matrix.group())];
        }
    }

    /** As a file has it. */
    record Stored(IntegerMatrix matrix, int rows, int columns, int group) implements IntegerRows {
        @Override
        public int bits() {
            return matrix.codes().bits();
        }

        @Override
        public void codes(int row, byte[] into) {
            matrix.codes().row(row, into);
        }

        @Override
        public float scale(int row, int group) {
            return matrix.scale(row, group);
        }

        @Override
        public int zero(int row, int group) {
            return matrix.codes().zeroPoint(row, group);
        }
    }
}
