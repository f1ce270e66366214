package dev.hone.llm.model;

import ai.djl.ndarray.NDManager;
import dev.hone.llm.bridge.TensorList;

/** Keys and values of the tokens that a batch of equally long rows has seen, up to a fixed capacity. Not thread-safe. */
public final class KvCache implements AutoCloseable {
    final NDManager manager;
    final TensorList keys;
    final TensorList values;
    private final int batch;
    private final int capacity;
    private int length;

    KvCache(NDManager manager, TensorList keys, TensorList values, int batch, int capacity) {
        this.manager = manager;
        this.keys = keys;
        this.values = values;
        this.batch = batch;
        this.capacity = capacity;
    }

    /** Tokens per row seen so far. */
    public int length() {
        return length;
    }

    public int batch() {
        return batch;
    }

    public int capacity() {
        return capacity;
    }

    /** Forgets the tokens from {@code length} on; the next ones overwrite them. */
    public void truncate(int length) {
        if (length < 0 || length > this.length) {
            throw new IllegalArgumentException("Cannot cut a cache of " + this.length + " tokens to " + length + ".");
        }
        this.length = length;
    }

    /** @return the position of the first of {@code tokens} new ones */
    int grow(int rows, int tokens) {
        if (rows != batch) {
            throw new IllegalArgumentException("The cache was made for " + batch + " rows, got " + rows + ".");
        }
        if (length + tokens > capacity) {
            throw new IllegalArgumentException("The cache holds " + capacity + " tokens a row; " + length + " are in it and "
                    + tokens + " more were asked for. Ask for a larger one.");
        }
        int position = length;
        length += tokens;
        return position;
    }

    @Override
    public void close() {
        keys.close();
        values.close();
        manager.close();
    }
}
