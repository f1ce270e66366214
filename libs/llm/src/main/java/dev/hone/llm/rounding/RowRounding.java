package dev.hone.llm.rounding;

import java.util.Arrays;

/**
 * Rounds rows of one matrix; for one thread. A row's groups are fitted first and coded together, because only long loops are
 * worth vector instructions.
 */
public final class RowRounding {
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
    public RowRounding(Grid grid, Range range, Fit whole, float[] h, int columns, int group) {
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

    /**
     * @param w the rows' weights from {@code from} on
     * @param into gets codes, and scales and zero points where the matrix does not share one, of its rows from {@code firstRow} on
     */
    public void round(float[] w, int from, int rows, QuantizedMatrix into, int firstRow) {
        int columns = row.length;
        int groups = columns / group;
        // the search goes over many groups at once
        float[] found = whole == null && range instanceof ScaleSearch search ? search.scales(grid, w, from, rows * columns, group, h) : null;
        for (int r = 0; r < rows; r++) {
            System.arraycopy(w, from + r * columns, row, 0, columns);
            for (int g = 0; whole == null && g < groups; g++) {
                Fit fit = found != null ? new Fit(found[r * groups + g], 0) : range.fit(grid, row, g * group, group, h, g * group);
                into.scales()[(firstRow + r) * groups + g] = fit.scale();
                if (!grid.symmetric()) {
                    into.zeroPoints()[(firstRow + r) * groups + g] = (byte) fit.zero();
                }
                share(fit, g * group, (g + 1) * group);
            }
            deviation.addCodes(grid, row, scaleOf, zeroOf, into.codes(), (firstRow + r) * columns);
        }
    }

    private void share(Fit fit, int first, int end) {
        // dividing by it gives 0 for any weight that there is no scale for, and multiplying the 0 too
        Arrays.fill(scaleOf, first, end, fit.scale() == 0 ? Float.MAX_VALUE : fit.scale());
        if (!grid.symmetric()) {
            Arrays.fill(zeroOf, first, end, fit.zero());
        }
    }

    /** What the rows so far lost. */
    public Deviation.Sums deviation() {
        return deviation.sums();
    }
}
