package dev.hone.llm.rounding;

/** What was asked for cannot be done; asking again will fail again. */
public final class QuantizationFailed extends RuntimeException {
    private final String code;

    public QuantizationFailed(String code, String message) {
        super(message);
        this.code = code;
    }

    /** A stable word, such as unknown_scheme. */
    public String code() {
        return code;
    }
}
