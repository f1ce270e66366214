package dev.hone.llm.engine;

/** LoRA matrices in memory beside the model they were loaded for. Close it when no request names it any more. */
public interface LoadedAdapter extends AutoCloseable {
    LoadedModel base();

    long bytes();

    @Override
    void close();
}
