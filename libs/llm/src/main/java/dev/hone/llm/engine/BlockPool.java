package dev.hone.llm.engine;

import dev.hone.llm.engine.PrefixCache.Kept;
import dev.hone.llm.engine.PrefixCache.Link;
import dev.hone.llm.engine.PrefixCache.Scope;
import dev.hone.llm.forward.KvBlocks;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * Who holds which block of one model. A block is bare (without memory), empty (with memory, nothing in it that anybody
 * could use), held by one or several sequences, or idle: held by none, kept for later prefixes until its memory is needed,
 * the longest unused first. Confined to the engine's thread.
 */
final class BlockPool {
    static final int NONE = -1;

    private final KvBlocks memory;
    private final CacheBudget budget;
    private final PrefixCache prefixes = new PrefixCache();
    private final int[] holders;
    private final Kept[] kept;
    private final IntStack empty = new IntStack();
    private final IntStack bare = new IntStack();
    private final LinkedHashSet<Integer> idle = new LinkedHashSet<>();
    private int untouched;
    private int backed;
    private int held;
    private int heldByMany;

    BlockPool(KvBlocks memory, CacheBudget budget) {
        this.memory = memory;
        this.budget = budget;
        this.holders = new int[memory.count()];
        this.kept = new Kept[memory.count()];
    }

    KvBlocks memory() {
        return memory;
    }

    int count() {
        return holders.length;
    }

    long blockBytes() {
        return memory.blockBytes();
    }

    /** Blocks with memory. */
    int backed() {
        return backed;
    }

    /** Blocks that sequences hold. */
    int held() {
        return held;
    }

    int used() {
        return held + idle.size();
    }

    /** Held by several, or kept for later. */
    int shared() {
        return heldByMany + idle.size();
    }

    /** Blocks that are this pool's for certain. */
    int ownShare() {
        return (int) Math.min(count(), budget.share() / blockBytes());
    }

    boolean belowShare() {
        return held < ownShare();
    }

    /** Whether so many blocks can be had: nobody holds them, or they are this pool's share. */
    boolean canTake(int blocks) {
        return blocks <= budget.unheld() / blockBytes() || held + blocks <= ownShare();
    }

    /** A block to be written, held once; {@link #NONE} if sequences hold all there are. */
    int take() {
        int block = free();
        if (block != NONE) {
            holders[block] = 1;
            held++;
        }
        return block;
    }

    private int free() {
        if (!empty.isEmpty()) {
            return empty.pop();
        }
        if (hasBare() && (budget.take(blockBytes()) || backed < ownShare() && budget.takeFromOthers(this))) {
            return back();
        }
        if (!idle.isEmpty()) {
            return forgetOldest();
        }
        return hasBare() && budget.takeFromOthers(this) ? back() : NONE;
    }

    private boolean hasBare() {
        return untouched < count() || !bare.isEmpty();
    }

    private int back() {
        backed++;
        return bare.isEmpty() ? untouched++ : bare.pop();
    }

    private int forgetOldest() {
        Iterator<Integer> oldest = idle.iterator();
        int block = oldest.next();
        oldest.remove();
        forget(block);
        return block;
    }

    private void forget(int block) {
        prefixes.forget(kept[block]);
        kept[block] = null;
    }

    /** Memory of one block that no sequence holds goes back to the budget; there must be one. */
    void giveUpOne() {
        int block = empty.isEmpty() ? forgetOldest() : empty.pop();
        memory.release(block);
        bare.push(block);
        backed--;
        budget.giveBack(blockBytes());
    }

    void hold(int block) {
        if (holders[block]++ == 0) {
            idle.remove(block);
            held++;
        } else if (holders[block] == 2) {
            heldByMany++;
        }
    }

    void drop(int block) {
        if (--holders[block] == 1) {
            heldByMany--;
        } else if (holders[block] == 0) {
            held--;
            if (kept[block] == null) {
                empty.push(block);
            } else {
                idle.add(block);
            }
        }
    }

    /** The block with this content, or null. */
    Kept find(Link link) {
        return prefixes.find(link);
    }

    /** The block's content is complete: others may use it, too. */
    Kept keep(Link link, Scope scope, int block) {
        kept[block] = prefixes.keep(link, scope, block);
        return kept[block];
    }

    /** Nobody will ask for what was computed with this adapter any more. */
    void forgetAdapter(Object adapter) {
        for (int block : List.copyOf(idle)) {
            if (kept[block].scope().adapterOrNull() == adapter) {
                idle.remove(block);
                forget(block);
                empty.push(block);
            }
        }
    }
}
