package dev.hone.llm.quant;

/** Hears how far a quantization has come. */
public interface QuantizationObserver {
    /**
     * A linear module is done in every scheme.
     *
     * @param done how many are done
     * @param total how many there are
     * @param name the one just done
     */
    void layer(int done, int total, String name);
}
