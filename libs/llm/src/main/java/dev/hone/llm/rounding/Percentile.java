package dev.hone.llm.rounding;

/**
 * Clips what lies beyond a percentile: of the magnitudes in symmetric schemes, and below and above as many in asymmetric
 * ones. Between two weights it is interpolated linearly, as NumPy does by default. 99.99 % with eight bits, as TensorRT
 * takes for calibration by percentile, and 99.9 % with four, whose steps are sixteen times as wide and gain more from a
 * narrower range.
 *
 * @param share from 0.5 to 1
 */
record Percentile(double share) implements Range {
    static final Percentile OF_EIGHT_BITS = new Percentile(0.9999);
    static final Percentile OF_FOUR_BITS = new Percentile(0.999);

    @Override
    public Fit fit(Grid grid, float[] w, int from, int length, float[] h, int hFrom) {
        Extent extent = Extent.of(w, from, length);
        double low = extent.low();
        double high = extent.high();
        if (grid.symmetric()) {
            high = Ranked.magnitudes(w, from, length).at(share);
            low = -high;
        } else {
            Ranked ranked = Ranked.values(w, from, length);
            low = Math.min(0, ranked.at(1 - share));
            high = Math.max(0, ranked.at(share));
        }
        // where nearly all weights are 0, the few others are what there is to store
        return high == low ? grid.over(extent.low(), extent.high()) : grid.over(low, high);
    }
}
