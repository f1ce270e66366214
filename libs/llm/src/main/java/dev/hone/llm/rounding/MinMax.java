package dev.hone.llm.rounding;

/** From the smallest to the largest weight: nothing is clipped. */
public record MinMax() implements Range {
    @Override
    public Fit fit(Grid grid, float[] w, int from, int length, float[] h, int hFrom) {
        if (grid.symmetric()) {
            return grid.scaled(Extent.largest(w, from, length) / grid.levels());
        }
        Extent extent = Extent.of(w, from, length);
        return grid.over(extent.low(), extent.high());
    }
}
