package dev.hone.llm.engine;

import dev.hone.llm.text.ChatTokenizer;

/** A model in memory, ready for {@link Engine#ask}. Close it when no request names it any more. */
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
