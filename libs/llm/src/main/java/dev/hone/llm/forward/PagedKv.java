package dev.hone.llm.forward;

import dev.hone.llm.format.ModelConfig;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Keys and values in bf16, outside the heap. A block has 16 tokens of all layers; within it, layer by layer and head by head:
 * keys as [E/2][16] pairs of neighbouring values of a token, so that one load brings a pair of all 16 tokens, then values as
 * [8][E] pairs of neighbouring tokens, so that one load brings neighbouring values of two tokens. E is the head's size,
 * rounded up to 16 by zeros.
 *
 * <p>A block's memory is taken when the block is first used, and given back when it is released.
 */
final class PagedKv implements KvBlocks {
    private static final ValueLayout.OfInt PAIR = ValueLayout.JAVA_INT.withOrder(Lanes.ORDER);
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT.withOrder(Lanes.ORDER);

    private final int heads;
    private final int headDim;
    private final int padded;
    private final long headBytes;
    private final long layerBytes;
    private final long blockBytes;
    private final NativeBlock[] blocks;

    PagedKv(ModelConfig config, int count) {
        if (count < 1) {
            throw new IllegalArgumentException("Expected at least 1 block of keys and values, found " + count + ".");
        }
        blocks = new NativeBlock[count];
        heads = config.numKeyValueHeads();
        headDim = config.headDim();
        padded = Lanes.roundedUp(headDim);
        headBytes = 2L * 2 * TOKENS * padded;
        layerBytes = heads * headBytes;
        blockBytes = blockBytes(config);
    }

    static long blockBytes(ModelConfig config) {
        return 4L * TOKENS * Lanes.roundedUp(config.headDim()) * config.numKeyValueHeads() * config.numHiddenLayers();
    }

    @Override
    public int count() {
        return blocks.length;
    }

    @Override
    public long blockBytes() {
        return blockBytes;
    }

    /** Takes memory for the blocks that the slices use first now. */
    void take(TokenRows rows) {
        for (Slice slice : rows.slices()) {
            int end = Math.ceilDiv(slice.position() + slice.tokens().length, TOKENS);
            for (int b = 0; b < end; b++) {
                take(slice.blocks()[b]);
            }
        }
    }

    private void take(int block) {
        if (block < 0 || block >= blocks.length) {
            throw new IllegalArgumentException("Expected a block from 0 to " + (blocks.length - 1) + ", found " + block + ".");
        }
        if (blocks[block] == null) {
            blocks[block] = NativeBlock.of(blockBytes);
        }
    }

    @Override
    public void release(int block) {
        if (blocks[block] != null) {
            blocks[block].free();
            blocks[block] = null;
        }
    }

    MemorySegment segment(int block) {
        return blocks[block].values();
    }

    /** Where the keys of a layer's head begin in a block; its values follow after {@link #keyBytes}. */
    long offset(int layer, int head) {
        return layer * layerBytes + head * headBytes;
    }

    long keyBytes() {
        return headBytes / 2;
    }

    /** The head's size in the blocks. */
    int padded() {
        return padded;
    }

    /**
     * Stores a token's keys and values of one layer.
     *
     * @param x keys [K·E] from {@code keys} on, values [K·E] from {@code values} on
     * @param last whether it is the last token of its sequence so far: the place of the token after it is made zero then, because what
     *     a vector reads of it is multiplied by zero, and something that was no number would survive that
     */
    void store(int layer, int block, int slot, float[] x, int keys, int values, boolean last) {
        MemorySegment segment = segment(block);
        for (int head = 0; head < heads; head++) {
            long at = offset(layer, head);
            storeKeys(segment, at + 4L * slot, x, keys + head * headDim);
            storeValues(segment, at + keyBytes() + 4L * (slot / 2) * padded, slot % 2, x, values + head * headDim, last);
        }
    }

    private void storeKeys(MemorySegment segment, long at, float[] x, int from) {
        for (int e = 0; e < headDim; e += 2) {
            segment.set(PAIR, at + 2L * TOKENS * e, Lanes.pair(x[from + e], e + 1 < headDim ? x[from + e + 1] : 0));
        }
    }

    private void storeValues(MemorySegment segment, long at, int odd, float[] x, int from, boolean last) {
        for (int e = 0; e < headDim; e++) {
            if (last && odd == 0) {
                segment.set(PAIR, at + 4L * e, Lanes.pair(x[from + e], 0));
            } else {
                segment.set(HALF, at + 4L * e + 2L * odd, Lanes.bf16(x[from + e]));
            }
        }
    }

    @Override
    public void close() {
        for (int block = 0; block < blocks.length; block++) {
            release(block);
        }
    }
}
