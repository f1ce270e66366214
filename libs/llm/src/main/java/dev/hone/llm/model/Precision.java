package dev.hone.llm.model;

import dev.hone.llm.bridge.TorchProgram;

/** The type of activations, and of the weights inside matrix products. */
public enum Precision {
    F32(TorchProgram.FLOAT32, "f32"),
    BF16(TorchProgram.BFLOAT16, "bf16");

    private final int code;
    private final String label;

    Precision(int code, String label) {
        this.code = code;
        this.label = label;
    }

    /** ATen's number of the type. */
    public int code() {
        return code;
    }

    /** The name that recipes use. */
    public String label() {
        return label;
    }

    /** @throws IllegalArgumentException if the name is neither {@code f32} nor {@code bf16} */
    public static Precision of(String label) {
        for (Precision precision : values()) {
            if (precision.label.equals(label)) {
                return precision;
            }
        }
        throw new IllegalArgumentException("Expected f32 or bf16 as the compute type, found '" + label + "'.");
    }
}
