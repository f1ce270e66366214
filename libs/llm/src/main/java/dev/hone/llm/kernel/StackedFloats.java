package dev.hone.llm.kernel;

import java.util.List;

/** Several matrices, one under the other. */
record StackedFloats(List<FloatRows> parts) implements FloatRows {
    StackedFloats {
        parts = List.copyOf(parts);
        for (FloatRows part : parts) {
            if (part.columns() != parts.getFirst().columns()) {
                throw new IllegalArgumentException("Expected matrices with the same inputs, found " + parts.getFirst().columns() + " and " + part.columns() + ".");
            }
        }
    }

    @Override
    public int rows() {
        return parts.stream().mapToInt(FloatRows::rows).sum();
    }

    @Override
    public int columns() {
        return parts.getFirst().columns();
    }

    @Override
    public void row(int row, float[] into) {
        int left = row;
        for (FloatRows part : parts) {
            if (left < part.rows()) {
                part.row(left, into);
                return;
            }
            left -= part.rows();
        }
        throw new IndexOutOfBoundsException(row);
    }
}
