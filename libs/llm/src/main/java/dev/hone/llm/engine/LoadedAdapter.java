package dev.hone.llm.engine;

/**
 * LoRA matrices in memory beside the model they were loaded for. After {@link #close} no new request is taken; those
 * that are under way end as usual, and the memory is given back after the last of them.
 */
public interface LoadedAdapter extends AutoCloseable {
    LoadedModel base();

    long bytes();

    @Override
    void close();
}
