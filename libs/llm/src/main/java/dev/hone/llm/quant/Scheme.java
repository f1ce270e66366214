package dev.hone.llm.quant;

import java.util.Arrays;

/** The quantization schemes, under the names that recipes use. */
public enum Scheme {
    /** Symmetric, one scale per output channel. */
    INT8("int8", 8, true),
    /** Scale and zero point per output channel. */
    INT8_ASYMMETRIC("int8_asymmetric", 8, false),
    /** Symmetric, one scale per group of weights along the input dimension. */
    INT4("int4", 4, true);

    private final String label;
    private final int bits;
    private final boolean symmetric;

    Scheme(String label, int bits, boolean symmetric) {
        this.label = label;
        this.bits = bits;
        this.symmetric = symmetric;
    }

    public String label() {
        return label;
    }

    int bits() {
        return bits;
    }

    boolean symmetric() {
        return symmetric;
    }

    /** @throws QuantizationFailed if there is no such scheme */
    public static Scheme of(String label) {
        return Arrays.stream(values()).filter(s -> s.label.equals(label)).findFirst().orElseThrow(() -> new QuantizationFailed(
                "unknown_scheme", "Expected one of int8, int8_asymmetric and int4 as quantization scheme, found '" + label + "'."));
    }

    /**
     * @param weights [rows, columns], row-major
     * @param groupSize weights that share a scale; only int4 uses it
     * @param importance weight of each column's error, such as its mean squared input; null weighs all the same
     */
    QuantizedMatrix quantize(float[] weights, int rows, int columns, int groupSize, float[] importance) {
        return switch (this) {
            case INT8 -> Int8Quantizer.symmetric(weights, rows, columns);
            case INT8_ASYMMETRIC -> Int8Quantizer.asymmetric(weights, rows, columns);
            case INT4 -> Int4Quantizer.quantize(weights, rows, columns, groupSize, importance);
        };
    }
}
