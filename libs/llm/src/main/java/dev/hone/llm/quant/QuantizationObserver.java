package dev.hone.llm.quant;

/** Hears how far a quantization has come. */
public interface QuantizationObserver {
    /** What begins now: a scheme's name, a comparison, an export. */
    default void phase(String what) {}

    /**
     * A linear module of the phase is done.
     *
     * @param done how many are done
     * @param total how many there are
     * @param name the one just done
     */
    void layer(int done, int total, String name);
}
