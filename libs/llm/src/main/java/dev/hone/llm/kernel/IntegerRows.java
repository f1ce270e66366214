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
        return new IntegerRows() {
            @Override
            public int rows() {
                return matrix.rows();
            }

            @Override
            public int columns() {
                return matrix.columns();
            }

            @Override
            public int bits() {
                return matrix.bits();
            }

            @Override
            public int group() {
                return matrix.group();
            }

            @Override
            public void codes(int row, byte[] into) {
                System.arraycopy(matrix.codes(), row * matrix.columns(), into, 0, matrix.columns());
            }

            @Override
            public float scale(int row, int group) {
                return matrix.scales()[matrix.scaleOf(row, group * matrix.group())];
            }

            @Override
            public int zero(int row, int group) {
                return matrix.zeroPoints().length == 0 ? 0 : matrix.zeroPoints()[matrix.scaleOf(row, group * matrix.group())];
            }
        };
    }

    /** A matrix as a file has it; empty where its groups are not of columns side by side. */
    static Optional<IntegerRows> of(IntegerMatrix matrix) {
        return matrix.groupOf() != null ? Optional.empty() : Optional.of(new IntegerRows() {
            @Override
            public int rows() {
                return matrix.rows();
            }

            @Override
            public int columns() {
                return matrix.columns();
            }

            @Override
            public int bits() {
                return matrix.codes().bits();
            }

            @Override
            public int group() {
                return matrix.group();
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
        });
    }
}
