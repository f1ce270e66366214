package dev.hone.llm.kernel;

import java.util.List;

/** Several matrices of codes, one under the other. */
record StackedIntegers(List<IntegerRows> parts) implements IntegerRows {
    StackedIntegers {
        parts = List.copyOf(parts);
        IntegerRows first = parts.getFirst();
        for (IntegerRows part : parts) {
            if (part.columns() != first.columns() || part.bits() != first.bits() || part.group() != first.group()) {
                throw new IllegalArgumentException("Expected matrices with the same inputs, bits and groups, found " + first.columns() + ", " + first.bits() + ", " + first.group()
                        + " and " + part.columns() + ", " + part.bits() + ", " + part.group() + ".");
            }
        }
    }

    private record Place(IntegerRows part, int row) {}

    private Place place(int row) {
        int left = row;
        for (IntegerRows part : parts) {
            if (left < part.rows()) {
                return new Place(part, left);
            }
            left -= part.rows();
        }
        throw new IndexOutOfBoundsException(row);
    }

    @Override
    public int rows() {
        return parts.stream().mapToInt(IntegerRows::rows).sum();
    }

    @Override
    public int columns() {
        return parts.getFirst().columns();
    }

    @Override
    public int bits() {
        return parts.getFirst().bits();
    }

    @Override
    public int group() {
        return parts.getFirst().group();
    }

    @Override
    public void codes(int row, byte[] into) {
        Place place = place(row);
        place.part().codes(place.row(), into);
    }

    @Override
    public float scale(int row, int group) {
        Place place = place(row);
        return place.part().scale(place.row(), group);
    }

    @Override
    public int zero(int row, int group) {
        Place place = place(row);
        return place.part().zero(place.row(), group);
    }
}
