package dev.hone.llm.rounding;

import java.util.Arrays;

/**
 * The symmetric four-bit scale of a group that minimises Σ h·(w − scale·code)², where h weighs a column's error by its
 * mean squared input: with independent inputs that is the layer's expected squared output error. Candidates are
 * max|w| / d for d from 6 to 9 in steps of 0.5, each improved once by the least-squares scale for its own codes,
 * Σ h·w·code / Σ h·code². All are rounded to the stored type before they are judged. The search follows llama.cpp's
 * {@code make_qx_quants}; weighing by input moments is its importance matrix, and AWQ's observation
 * (<a href="https://arxiv.org/abs/2306.00978">arXiv 2306.00978</a>).
 */
record ScaleSearch() implements Range {
    private static final float FIRST_DIVISOR = 6f;
    private static final float LAST_DIVISOR = 9f;
    private static final float STEP = 0.5f;
    /** Groups that are searched at once. */
    private static final int LANES = 512;

    @Override
    public Fit fit(Grid grid, float[] w, int from, int length, float[] h, int hFrom) {
        return new Fit(scales(grid, w, from, length, length, h == null ? null : Arrays.copyOfRange(h, hFrom, hFrom + length))[0], 0);
    }

    /**
     * The scales of {@code count / group} groups that lie one after the other, in rows of as many columns as {@code h} has.
     *
     * @throws QuantizationFailed if a weight is not finite
     */
    float[] scales(Grid grid, float[] w, int from, int count, int group, float[] h) {
        float[] scales = new float[count / group];
        for (int first = 0; first < scales.length; first += LANES) {
            Lanes lanes = new Lanes(grid, w, from, group, h, first, Math.min(LANES, scales.length - first));
            System.arraycopy(lanes.search(), 0, scales, first, lanes.largest.length);
        }
        return scales;
    }

    /**
     * Many groups side by side: the i-th weights of all of them are in one array, so that loops go over groups and compile to
     * vector instructions, while each group's sums are still taken in the order of its weights.
     */
    private static final class Lanes {
        private final Grid grid;
        private final float[][] w;
        private final float[][] h;
        private final float[] largest;
        private final float[] inverse;
        private final float[] product;
        private final float[] square;
        private final float[] best;
        private final double[] least;

        Lanes(Grid grid, float[] weights, int from, int group, float[] importance, int first, int count) {
            this.grid = grid;
            w = new float[group][count];
            h = new float[group][count];
            largest = new float[count];
            inverse = new float[count];
            product = new float[count];
            square = new float[count];
            best = new float[count];
            least = new double[count];
            for (int lane = 0; lane < count; lane++) {
                int at = from + (first + lane) * group;
                largest[lane] = Extent.largest(weights, at, group);
                for (int i = 0; i < group; i++) {
                    w[i][lane] = weights[at + i];
                    h[i][lane] = importance == null ? 1 : importance[((first + lane) * group + i) % importance.length];
                }
            }
        }

        float[] search() {
            Arrays.fill(least, Double.POSITIVE_INFINITY);
            float[] candidates = new float[largest.length];
            for (float divisor = FIRST_DIVISOR; divisor <= LAST_DIVISOR; divisor += STEP) {
                for (int lane = 0; lane < candidates.length; lane++) {
                    candidates[lane] = grid.scales().round(largest[lane] / divisor);
                }
                consider(candidates);
                for (int lane = 0; lane < candidates.length; lane++) {
                    candidates[lane] = square[lane] > 0 ? grid.scales().round(product[lane] / square[lane]) : 0;
                }
                consider(candidates);
            }
            return best;
        }

        /**
         * With the sums P = Σ h·w·code and S = Σ h·code² the error is Σ h·w² − 2·scale·P + scale²·S; its first term is the
         * same for every scale and left out.
         */
        private void consider(float[] scales) {
            for (int lane = 0; lane < scales.length; lane++) {
                inverse[lane] = scales[lane] > 0 ? 1 / scales[lane] : 0;
            }
            Arrays.fill(product, 0);
            Arrays.fill(square, 0);
            for (int i = 0; i < w.length; i++) {
                add(w[i], h[i], inverse, grid.lowest(), grid.highest(), product, square);
            }
            for (int lane = 0; lane < scales.length; lane++) {
                double error = (double) scales[lane] * scales[lane] * square[lane] - 2.0 * scales[lane] * product[lane];
                if (scales[lane] > 0 && error < least[lane]) {
                    least[lane] = error;
                    best[lane] = scales[lane];
                }
            }
        }

        private static void add(float[] w, float[] h, float[] inverse, float lowest, float highest, float[] product, float[] square) {
            for (int lane = 0; lane < w.length; lane++) {
                float code = RowCodes.tiesUp(w[lane] * inverse[lane], lowest, highest);
                float weighed = h[lane] * code;
                product[lane] += weighed * w[lane];
                square[lane] += weighed * code;
            }
        }
    }
}
