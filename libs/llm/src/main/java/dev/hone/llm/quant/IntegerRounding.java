package dev.hone.llm.quant;

/** Rounds one matrix to integers, each group of weights for itself. */
final class IntegerRounding {
    private IntegerRounding() {}

    /**
     * @param scheme of an integer type; its range comes from its method, {@link Scheme.Method#MSE} where that looks at more than one matrix
     * @param weights [rows, columns], row-major
     * @param importance weight of each column's error, such as its mean squared input; null weighs all the same
     */
    static QuantizedMatrix round(Scheme scheme, float[] weights, int rows, int columns, float[] importance) {
        if (scheme.bits() == 4) {
            return Int4Quantizer.quantize(weights, rows, columns, scheme.groupOf(columns), importance);
        }
        return scheme.symmetric() ? Int8Quantizer.symmetric(weights, rows, columns) : Int8Quantizer.asymmetric(weights, rows, columns);
    }
}
