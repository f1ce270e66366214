package dev.hone.llm.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * The bytes of keys and values that all models share. A pool takes memory block by block while there is some; what others
 * hold without use is theirs to give. An equal share each is a pool's own: below it, running sequences of others give way.
 * Confined to the engine's thread.
 */
final class CacheBudget {
    private final long total;
    private final List<BlockPool> pools = new ArrayList<>();
    private long taken;

    CacheBudget(long total) {
        this.total = total;
    }

    void join(BlockPool pool) {
        pools.add(pool);
    }

    /** The pool's memory is gone with it. */
    void leave(BlockPool pool) {
        pools.remove(pool);
        taken -= pool.backed() * pool.blockBytes();
    }

    /** Bytes that each pool has for certain. */
    long share() {
        return total / Math.max(1, pools.size());
    }

    /** Bytes that no sequence holds: free, or of content that is merely kept. */
    long unheld() {
        long unheld = total;
        for (BlockPool pool : pools) {
            unheld -= pool.held() * pool.blockBytes();
        }
        return unheld;
    }

    boolean take(long bytes) {
        if (taken + bytes > total) {
            return false;
        }
        taken += bytes;
        return true;
    }

    void giveBack(long bytes) {
        taken -= bytes;
    }

    /** Takes the memory of blocks that other pools do not use, from the pool that has most. */
    boolean takeFromOthers(BlockPool taker) {
        while (taken + taker.blockBytes() > total) {
            BlockPool giver = null;
            for (BlockPool pool : pools) {
                if (pool != taker && pool.backed() > pool.held() && (giver == null || unused(pool) > unused(giver))) {
                    giver = pool;
                }
            }
            if (giver == null) {
                return false;
            }
            giver.giveUpOne();
        }
        return take(taker.blockBytes());
    }

    private static long unused(BlockPool pool) {
        return (pool.backed() - pool.held()) * pool.blockBytes();
    }
}
