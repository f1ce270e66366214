package dev.hone.llm.quant;

/**
 * A weight matrix as codes: value = scale · (code − zero point), the scale of its row and group.
 *
 * @param codes [rows, columns] signed, row-major
 * @param scales [rows, columns / group]
 * @param zeroPoints [rows]; empty when the scheme is symmetric
 * @param group columns that share a scale
 * @param bits stored bits of one code
 * @param scaleBits stored bits of one scale
 */
record QuantizedMatrix(int rows, int columns, byte[] codes, float[] scales, byte[] zeroPoints, int group, int bits, int scaleBits) {
    QuantizedMatrix {
        if (codes.length != rows * columns || columns % group != 0 || scales.length != rows * (columns / group)
                || (zeroPoints.length != 0 && zeroPoints.length != rows)) {
            throw new IllegalArgumentException("Codes, scales and zero points do not fit a matrix of " + rows + " by " + columns + " in groups of " + group + ".");
        }
    }

    /** The values, [rows, columns], row-major. */
    float[] dequantize() {
        float[] values = new float[codes.length];
        for (int row = 0; row < rows; row++) {
            int zero = zeroPoints.length == 0 ? 0 : zeroPoints[row];
            for (int column = 0; column < columns; column++) {
                int i = row * columns + column;
                values[i] = scales[row * (columns / group) + column / group] * (codes[i] - zero);
            }
        }
        return values;
    }

    /** Bits of codes, scales and zero points together. */
    long storedBits() {
        return (long) codes.length * bits + (long) scales.length * scaleBits + 8L * zeroPoints.length;
    }
}
