package dev.hone.llm.kernel;

/** A matrix of numbers, row by row. */
public interface FloatRows {
    int rows();

    int columns();

    /** @param into [columns] */
    void row(int row, float[] into);

    /** @param values [rows, columns], row-major */
    static FloatRows of(float[] values, int columns) {
        return new FloatRows() {
            @Override
            public int rows() {
                return values.length / columns;
            }

            @Override
            public int columns() {
                return columns;
            }

            @Override
            public void row(int row, float[] into) {
                System.arraycopy(values, row * columns, into, 0, columns);
            }
        };
    }
}
