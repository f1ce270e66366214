package dev.hone.llm.quant;

import java.util.Arrays;

/**
 * Rounds the rows of one matrix, one after the other; for one thread. A row's groups are fitted first and coded together,
 * because only long loops are worth vector instructions.
 */
final class RowRounding {
    private final Grid grid;
    private final Range range;
    private final Fit whole;
    private final float[] h;
    private final int group;
    private final float[] row;
    private final float[] scaleOf;
    private final float[] zeroOf;
    private final Deviation deviation;

    /**
     * @param whole what all weights of the matrix share; null: each group is fitted
     * @param h see {@link Range#fit}; [columns]
     */
    RowRounding(Grid grid, Range range, Fit whole, float[] h, int columns, int group) {
        this.grid = grid;
        this.range = range;
        this.whole = whole;
        this.h = h;
        this.group = group;
        row = new float[columns];
        scaleOf = new float[columns];
        zeroOf = new float[columns];
        deviation = new Deviation(columns);
        if (whole != null) {
            share(whole, 0, columns);
        }
    }

    /** What {@link #round} reads: [columns], to be filled with each row in turn. */
    float[] row() {
        return row;
    }

    /**
     * @param codes gets the codes from {@code at} on
     * @param scales gets a scale per group from {@code scaleAt} on, and {@code zeroPoints} a zero point each in asymmetric schemes;
     *     neither where the whole matrix shares them
     */
    void round(byte[] codes, int at, float[] scales, byte[] zeroPoints, int scaleAt) {
        for (int first = 0, g = scaleAt; whole == null && first < row.length; first += group, g++) {
            Fit fit = range.fit(grid, row, first, group, h, first);
            scales[g] = fit.scale();
            if (!grid.symmetric()) {
                zeroPoints[g] = (byte) fit.zero();
            }
            share(fit, first, first + group);
        }
        deviation.addCodes(grid, row, scaleOf, zeroOf, codes, at);
    }

    private void share(Fit fit, int first, int end) {
        // dividing by it gives 0 for any weight that there is no scale for, and multiplying the 0 too
        Arrays.fill(scaleOf, first, end, fit.scale() == 0 ? Float.MAX_VALUE : fit.scale());
        if (!grid.symmetric()) {
            Arrays.fill(zeroOf, first, end, fit.zero());
        }
    }

    /** What the rows so far lost. */
    Deviation.Sums deviation() {
        return deviation.sums();
    }
}
