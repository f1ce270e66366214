package dev.hone.llm.engine;

import dev.hone.llm.engine.PrefixCache.Scope;
import dev.hone.llm.forward.Adapter;
import dev.hone.llm.forward.KvBlocks;
import dev.hone.llm.forward.Slice;
import java.util.Arrays;
import java.util.Optional;

/** Tokens on their way through a model, and how far they are. But for {@link #cancel} confined to the engine's thread. */
final class Sequence implements Comparable<Sequence> {
    private final Request request;
    private final int part;
    private final Scope scope;
    private final Optional<Adapter> adapter;
    private final int promptLength;
    private int[] tokens;
    private int length;
    private int computed;
    private Task task;
    private Phase phase = Phase.WAITING;
    private boolean wasAdmitted;

    /** @param part of its request: those of one request wait in this order */
    Sequence(Request request, int part, int[] prompt) {
        this.request = request;
        this.part = part;
        this.scope = new Scope(request.adapter().orElse(null), request.prefixKey());
        this.adapter = request.adapter().map(HostedAdapter::forward);
        this.tokens = prompt.clone();
        this.length = prompt.length;
        this.promptLength = prompt.length;
    }

    Sequence with(Task own) {
        task = own;
        return this;
    }

    Request request() {
        return request;
    }

    Task task() {
        return task;
    }

    int length() {
        return length;
    }

    int promptLength() {
        return promptLength;
    }

    int computed() {
        return computed;
    }

    int uncomputed() {
        return length - computed;
    }

    /** Whether its next token follows from one more computed token. */
    boolean decodes() {
        return uncomputed() == 1 && computed > 0;
    }

    void append(int token) {
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(16, 2 * length));
        }
        tokens[length++] = token;
    }

    boolean isRunning() {
        return phase instanceof Phase.Running;
    }

    boolean hasEnded() {
        return phase instanceof Phase.Ended;
    }

    BlockTable table() {
        if (phase instanceof Phase.Running(BlockTable table)) {
            return table;
        }
        throw new IllegalStateException("A sequence that does not run holds no blocks.");
    }

    /**
     * Takes up equal prefixes and blocks for all tokens.
     *
     * @return tokens that need not be computed, or -1 if there are too few blocks; then it holds none
     */
    int begin(BlockPool pool, int reserve) {
        BlockTable table = new BlockTable(pool, scope);
        int reused = table.reuse(tokens, 0, skippable());
        if (!pool.canTake(table.missing(length) + reserve)) {
            table.release();
            return -1;
        }
        phase = new Phase.Running(table);
        computed = reused;
        return reused;
    }

    /** Tells the task the first time it runs. */
    boolean admitted() {
        if (wasAdmitted) {
            return false;
        }
        wasAdmitted = true;
        task.admitted();
        return true;
    }

    /** Uses what others computed since it began. @return tokens that need not be computed any more */
    int catchUp() {
        int before = computed;
        computed = table().reuse(tokens, computed, skippable());
        return computed - before;
    }

    /** The content of the block that it computes next, if others may want the same: empty within a block. */
    Optional<PrefixCache.Link> nextLink() {
        boolean whole = table().atNext(computed) && computed + KvBlocks.TOKENS <= skippable();
        return whole ? Optional.of(table().next(tokens)) : Optional.empty();
    }

    /** Tokens that may be taken from others: not the last, whose logits are wanted. */
    private int skippable() {
        return Math.min(task.firstWanted(), length - 1);
    }

    Slice slice(int count) {
        int wanted = Math.clamp((long) task.firstWanted() - computed, 0, count);
        return new Slice(Arrays.copyOfRange(tokens, computed, computed + count), computed, table().ids(), adapter, task.wantsHidden() ? count : wanted, task.wantsHidden());
    }

    /** A step computed so many of its next tokens. */
    void computed(int count) {
        computed += count;
        table().written(tokens, computed);
    }

    /** Lets its blocks go, to be computed again. */
    void preempt() {
        table().release();
        computed = 0;
        phase = Phase.WAITING;
    }

    /** Lets its blocks go for good. */
    void end() {
        if (phase instanceof Phase.Running(BlockTable table)) {
            table.release();
        }
        phase = Phase.ENDED;
    }

    @Override
    public int compareTo(Sequence other) {
        int byArrival = Long.compare(request.arrival(), other.request.arrival());
        return byArrival != 0 ? byArrival : Integer.compare(part, other.part);
    }
}
