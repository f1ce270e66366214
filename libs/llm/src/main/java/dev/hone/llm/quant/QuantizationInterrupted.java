package dev.hone.llm.quant;

/** The caller asked to stop. Nothing that was written so far is of use. */
public final class QuantizationInterrupted extends RuntimeException {
    QuantizationInterrupted() {
        super("Quantization was asked to stop.");
    }
}
