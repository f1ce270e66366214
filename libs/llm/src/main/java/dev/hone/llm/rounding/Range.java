package dev.hone.llm.rounding;

/** Chooses the scale and zero point of weights that share them. */
public sealed interface Range permits MinMax, Percentile, LeastError, ScaleSearch, LeastDivergence {
    /**
     * @param w holds the weights from {@code from} on; more of them than {@code h} has columns are several rows
     * @param h weight of each column's squared error, that of the first at {@code hFrom}; null weighs all the same. Only
     *     ranges that measure an error look at it
     * @throws QuantizationFailed if a weight is not finite
     */
    Fit fit(Grid grid, float[] w, int from, int length, float[] h, int hFrom);
}
