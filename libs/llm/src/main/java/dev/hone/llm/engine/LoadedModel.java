package dev.hone.llm.engine;

import dev.hone.llm.text.ChatTokenizer;

/**
 * A model in memory, ready for {@link Engine#ask}. After {@link #close} no new request is taken; those that are under
 * way end as usual, and the memory is given back after the last of them.
 */
public interface LoadedModel extends AutoCloseable {
    ChatTokenizer tokenizer();

    /** Tokens that prompt and answer may have together. */
    int contextLength();

    /** All weights, tied ones counted once. */
    long parameters();

    /** Bytes of the packed weights. */
    long bytes();

    @Override
    void close();
}
