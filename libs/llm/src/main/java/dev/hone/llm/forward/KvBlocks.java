package dev.hone.llm.forward;

/** Keys and values of tokens, in blocks of {@link #TOKENS} tokens that hold all layers. Who holds which block is the engine's to know. */
public interface KvBlocks extends AutoCloseable {
    /** Tokens of a block. */
    int TOKENS = 16;

    /** Blocks, numbered from 0. */
    int count();

    /** Bytes that a block takes once it is used. */
    long blockBytes();

    /** The block's content is no longer needed, and its memory may be given back until it is written again. */
    default void release(int block) {}

    @Override
    void close();
}
