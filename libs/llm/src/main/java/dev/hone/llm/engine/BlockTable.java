package dev.hone.llm.engine;

import dev.hone.llm.engine.PrefixCache.Kept;
import dev.hone.llm.engine.PrefixCache.Link;
import dev.hone.llm.engine.PrefixCache.Scope;
import dev.hone.llm.forward.KvBlocks;
import java.util.Arrays;

/** The blocks that one sequence holds, in the order of its tokens. Confined to the engine's thread. */
final class BlockTable {
    private final BlockPool pool;
    private final Scope scope;
    private int[] blocks = new int[4];
    private int count;
    /** Leading blocks that the prefix cache knows, and the last of them: what the next one's chain begins with. */
    private int known;
    private Object lastKnown;

    BlockTable(BlockPool pool, Scope scope) {
        this.pool = pool;
        this.scope = scope;
        this.lastKnown = scope;
    }

    static int blocksFor(int tokens) {
        return (tokens + KvBlocks.TOKENS - 1) / KvBlocks.TOKENS;
    }

    /** Blocks still to be taken for so many tokens. */
    int missing(int tokens) {
        return Math.max(0, blocksFor(tokens) - count);
    }

    /** Takes blocks until so many tokens have room; false if there are too few, and those taken stay. */
    boolean grow(int tokens) {
        while (missing(tokens) > 0) {
            int block = pool.take();
            if (block == BlockPool.NONE) {
                return false;
            }
            append(block);
        }
        return true;
    }

    private void append(int block) {
        if (count == blocks.length) {
            blocks = Arrays.copyOf(blocks, 2 * count);
        }
        blocks[count++] = block;
    }

    /**
     * Uses blocks that others computed where the sequence's next tokens are the same.
     *
     * @param tokens   of the sequence
     * @param computed of them
     * @param most     that need not be computed for their own sake
     * @return tokens that are computed now
     */
    int reuse(int[] tokens, int computed, int most) {
        int now = computed;
        while (now == known * KvBlocks.TOKENS && now + KvBlocks.TOKENS <= most) {
            Kept kept = pool.find(next(tokens));
            if (kept == null) {
                break;
            }
            pool.hold(kept.block());
            if (known < count) {
                pool.drop(blocks[known]);
                blocks[known] = kept.block();
            } else {
                append(kept.block());
            }
            advance(kept);
            now += KvBlocks.TOKENS;
        }
        return now;
    }

    /** The next block's content after those that are known, whose tokens must be there. */
    Link next(int[] tokens) {
        return new Link(lastKnown, tokens, known * KvBlocks.TOKENS, (known + 1) * KvBlocks.TOKENS);
    }

    /** Whether the next token to be computed begins a block after those that are known. */
    boolean atNext(int computed) {
        return computed == known * KvBlocks.TOKENS;
    }

    /** So many tokens are computed: full blocks become known. Where another sequence was faster, its block is used from now on. */
    void written(int[] tokens, int computed) {
        while ((known + 1) * KvBlocks.TOKENS <= computed) {
            Link link = next(tokens);
            Kept kept = pool.find(link);
            if (kept == null) {
                kept = pool.keep(link, scope, blocks[known]);
            } else {
                pool.hold(kept.block());
                pool.drop(blocks[known]);
                blocks[known] = kept.block();
            }
            advance(kept);
        }
    }

    private void advance(Kept kept) {
        lastKnown = kept;
        known++;
    }

    int[] ids() {
        return Arrays.copyOf(blocks, count);
    }

    /** Lets all blocks go, the last first, so that of what is kept the ends of chains are forgotten before their beginnings. */
    void release() {
        while (count > 0) {
            pool.drop(blocks[--count]);
        }
        known = 0;
        lastKnown = scope;
    }
}
