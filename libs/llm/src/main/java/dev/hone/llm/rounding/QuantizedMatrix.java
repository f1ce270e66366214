package dev.hone.llm.rounding;

/**
 * A weight matrix as integer codes: value = scale · (code − zero point), the scale and zero point of its row and group.
 *
 * @param codes [rows, columns] signed, row-major: −128 to 127 of eight bits, −8 to 7 of four
 * @param scales [rows, columns / group], rounded to the type they are stored in; [1] where the whole matrix shares one
 * @param zeroPoints as many as scales, signed as the codes; empty when the scheme is symmetric
 * @param group columns that share a scale
 * @param bits stored bits of one code
 * @param scaleBits stored bits of one scale
 */
public record QuantizedMatrix(int rows, int columns, byte[] codes, float[] scales, byte[] zeroPoints, int group, int bits, int scaleBits) {
    public QuantizedMatrix {
        boolean whole = scales.length == 1 && group == columns;
        if (codes.length != rows * columns || columns % group != 0 || (!whole && scales.length != rows * (columns / group))
                || (zeroPoints.length != 0 && zeroPoints.length != scales.length)) {
            throw new IllegalArgumentException("Codes, scales and zero points do not fit a matrix of " + rows + " by " + columns + " in groups of " + group + ".");
        }
    }

    /** Where a weight's scale and zero point lie. */
    public int scaleOf(int row, int column) {
        return scales.length == 1 ? 0 : row * (columns / group) + column / group;
    }

    /** All codes still 0, to be filled in; the scale too, unless the whole matrix shares one. */
    public static QuantizedMatrix empty(Grid grid, int rows, int columns, int group, Fit whole) {
        float[] scales = whole == null ? new float[rows * (columns / group)] : new float[] {whole.scale()};
        byte[] zeroPoints = new byte[grid.symmetric() ? 0 : scales.length];
        if (whole != null && !grid.symmetric()) {
            zeroPoints[0] = (byte) whole.zero();
        }
        return new QuantizedMatrix(rows, columns, new byte[rows * columns], scales, zeroPoints, group, grid.bits(), grid.scales().bits());
    }

    /** The values, [rows, columns], row-major. */
    public float[] dequantize() {
        float[] values = new float[codes.length];
        Parallel.rows(rows, row -> {
            for (int column = 0; column < columns; column += group) {
                int s = scaleOf(row, column);
                float scale = scales[s];
                int zero = zeroPoints.length == 0 ? 0 : zeroPoints[s];
                for (int i = row * columns + column; i < row * columns + column + group; i++) {
                    values[i] = scale * (codes[i] - zero);
                }
            }
        });
        return values;
    }

    /** Bits of codes, scales and zero points together. */
    public long storedBits() {
        return (long) codes.length * bits + (long) scales.length * scaleBits + (long) bits * zeroPoints.length;
    }
}
