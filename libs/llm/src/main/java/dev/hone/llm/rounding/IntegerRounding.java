package dev.hone.llm.rounding;

import dev.hone.llm.rounding.Scheme.Method;

/** Rounds one matrix to integers, each group of weights for itself. */
public final class IntegerRounding {
    /** Weights that a worker takes at once. */
    static final int PIECE = 1 << 17;

    private IntegerRounding() {}

    /** How the scheme's codes lie, its scales as compressed-tensors stores them: f32 per channel or tensor where activations have eight bits too, else bf16. */
    static Grid grid(Scheme scheme) {
        return grid(scheme, scheme.type() == Scheme.Type.W8A8 && scheme.group() <= 0 ? ScaleType.F32 : ScaleType.BF16);
    }

    public static Grid grid(Scheme scheme, ScaleType scales) {
        return new Grid(scheme.bits(), scheme.symmetric(), scales, range(scheme) instanceof ScaleSearch);
    }

    /** How the scheme chooses scales; where its method looks at more than one matrix, what suits the method. */
    public static Range range(Scheme scheme) {
        return switch (scheme.method()) {
            case RTN, SMOOTHQUANT, QAT -> new MinMax();
            case PERCENTILE -> scheme.bits() == 8 ? Percentile.OF_EIGHT_BITS : Percentile.OF_FOUR_BITS;
            case ENTROPY -> new LeastDivergence();
            case MSE, GPTQ, AWQ -> scheme.group() <= 0 ? LeastError.OF_MANY : scheme.bits() == 4 && scheme.symmetric() ? new ScaleSearch() : LeastError.OF_GROUPS;
        };
    }

    /**
     * @param scheme of an integer type; its range comes from its method, {@link Method#MSE}'s where that is GPTQ or AWQ and
     *     {@link Method#RTN}'s where it is SmoothQuant or training
     * @param weights [rows, columns], row-major
     * @param importance weight of each column's error, such as its mean squared input; null weighs all the same
     * @throws QuantizationFailed if the group size does not divide the columns, or a weight is not finite
     */
    public static QuantizedMatrix round(Scheme scheme, float[] weights, int rows, int columns, float[] importance) {
        return round(scheme, grid(scheme).scales(), weights, rows, columns, importance);
    }

    /** @param scales what scales will be stored as */
    public static QuantizedMatrix round(Scheme scheme, ScaleType scales, float[] weights, int rows, int columns, float[] importance) {
        requireDivides(scheme, "a module", columns);
        Grid grid = grid(scheme, scales);
        Range range = range(scheme);
        float[] h = Importance.of(importance, columns);
        int group = scheme.groupOf(columns);
        Fit whole = scheme.group() == Scheme.TENSOR ? range.fit(grid, weights, 0, weights.length, h, 0) : null;
        QuantizedMatrix matrix = QuantizedMatrix.empty(grid, rows, columns, group, whole);
        int piece = Math.max(1, PIECE / columns);
        Parallel.rows(Math.ceilDiv(rows, piece), p -> {
            RowRounding rounding = new RowRounding(grid, range, whole, h, columns, group);
            int first = p * piece;
            rounding.round(weights, first * columns, Math.min(rows - first, piece), matrix, first);
        });
        return matrix;
    }

    /** @param name of the matrix, for the message */
    public static void requireDivides(Scheme scheme, String name, int columns) {
        if (columns % scheme.groupOf(columns) != 0) {
            throw new QuantizationFailed("group_size", "A group size of " + scheme.group() + " does not divide the " + columns + " inputs of " + name + ". Choose one that does.");
        }
    }
}
