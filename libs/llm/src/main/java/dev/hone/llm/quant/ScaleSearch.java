package dev.hone.llm.quant;

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

    @Override
    public Fit fit(Grid grid, float[] w, int from, int length, float[] h, int hFrom) {
        float largest = Extent.largest(w, from, length);
        Search search = new Search(grid, w, from, length, h, hFrom);
        for (float divisor = FIRST_DIVISOR; largest > 0 && divisor <= LAST_DIVISOR; divisor += STEP) {
            search.consider(search.consider(largest / divisor));
        }
        return new Fit(search.best, 0);
    }

    /** The best scale so far of one group. */
    private static final class Search {
        private final Grid grid;
        private final float[] w;
        private final int from;
        private final int length;
        private final float[] h;
        private final int hFrom;
        private double least = Double.POSITIVE_INFINITY;
        private float best;

        Search(Grid grid, float[] w, int from, int length, float[] h, int hFrom) {
            this.grid = grid;
            this.w = w;
            this.from = from;
            this.length = length;
            this.h = h;
            this.hFrom = hFrom;
        }

        /**
         * With the sums P = Σ h·w·code and S = Σ h·code² the error is Σ h·w² − 2·scale·P + scale²·S; its first term is the
         * same for every scale and left out.
         *
         * @return P / S, the least-squares scale for the codes of this one
         */
        float consider(float candidate) {
            float scale = grid.scales().round(candidate);
            if (scale <= 0) {
                return 0;
            }
            float inverse = 1 / scale;
            float product = 0;
            float square = 0;
            int lowest = grid.lowest();
            int highest = grid.highest();
            for (int i = 0; i < length; i++) {
                float code = Math.max(lowest, Math.min(highest, Math.round(w[from + i] * inverse)));
                float weighed = h == null ? code : h[hFrom + i] * code;
                product += weighed * w[from + i];
                square += weighed * code;
            }
            double error = (double) scale * scale * square - 2.0 * scale * product;
            if (error < least) {
                least = error;
                best = scale;
            }
            return square > 0 ? product / square : 0;
        }
    }
}
