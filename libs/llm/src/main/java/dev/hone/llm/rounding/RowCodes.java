package dev.hone.llm.rounding;

/**
 * The nearest codes of a row of weights, as {@link Grid#code} finds each, and what they lose, in loops that compile to vector
 * instructions. For that the same index counts in all arrays of floats: with another one the compiler could not know that
 * none is written before it is read.
 */
final class RowCodes {
    private static final float BELOW_HALF = 0x1.fffffep-2f;

    private RowCodes() {}

    /**
     * @param scales per weight; the largest float where the scale is 0, which gives the code 0
     * @param zeros per weight; looked at in asymmetric grids
     * @param codes gets the codes from {@code at} on
     * @param lost to which each weight's (w − Q(w))² is added, and {@code norm} to which its w² is
     */
    static void find(Grid grid, float[] row, float[] scales, float[] zeros, byte[] codes, int at, float[] lost, float[] norm) {
        if (grid.tiesUp()) {
            tiesUp(row, scales, grid.lowest(), grid.highest(), codes, at, lost, norm);
        } else if (grid.symmetric()) {
            symmetric(row, scales, grid.lowest(), grid.highest(), codes, at, lost, norm);
        } else {
            asymmetric(row, scales, zeros, grid.lowest(), grid.highest(), codes, at, lost, norm);
        }
    }

    private static void symmetric(float[] row, float[] scales, float lowest, float highest, byte[] codes, int at, float[] lost, float[] norm) {
        for (int i = 0; i < row.length; i++) {
            float nearest = row[i] / scales[i] + Grid.WHOLE - Grid.WHOLE;
            float code = Math.max(lowest, Math.min(highest, nearest));
            float difference = row[i] - scales[i] * code;
            lost[i] += difference * difference;
            norm[i] += row[i] * row[i];
            codes[at + i] = (byte) (int) code;
        }
    }

    private static void asymmetric(float[] row, float[] scales, float[] zeros, float lowest, float highest, byte[] codes, int at, float[] lost, float[] norm) {
        for (int i = 0; i < row.length; i++) {
            float nearest = row[i] / scales[i] + Grid.WHOLE - Grid.WHOLE + zeros[i];
            float code = Math.max(lowest, Math.min(highest, nearest));
            float difference = row[i] - scales[i] * (code - zeros[i]);
            lost[i] += difference * difference;
            norm[i] += row[i] * row[i];
            codes[at + i] = (byte) (int) code;
        }
    }

    private static void tiesUp(float[] row, float[] scales, float lowest, float highest, byte[] codes, int at, float[] lost, float[] norm) {
        for (int i = 0; i < row.length; i++) {
            float code = tiesUp(row[i] * (1 / scales[i]), lowest, highest);
            float difference = row[i] - scales[i] * code;
            lost[i] += difference * difference;
            norm[i] += row[i] * row[i];
            codes[at + i] = (byte) (int) code;
        }
    }

    /**
     * The whole number nearest to x between two others, ties up. What rounding to even leaves is from −1/2 to 1/2, and only
     * where it is exactly 1/2 was a tie rounded down; taking off the float below 1/2 leaves 2^-25 there and nothing elsewhere.
     */
    static float tiesUp(float x, float lowest, float highest) {
        float near = Math.max(lowest - 1, Math.min(highest + 1, x));
        float even = near + Grid.WHOLE - Grid.WHOLE;
        float up = even + Math.max(near - even - BELOW_HALF, 0) * 0x1p25f;
        return Math.max(lowest, Math.min(highest, up));
    }
}
