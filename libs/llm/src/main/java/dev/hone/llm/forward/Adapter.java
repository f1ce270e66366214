package dev.hone.llm.forward;

/** LoRA matrices in memory, beside the base that they were made for. Immutable. */
public interface Adapter extends AutoCloseable {
    long bytes();

    @Override
    void close();
}
