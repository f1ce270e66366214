package dev.hone.llm.engine;

import dev.hone.llm.format.FormatException;
import dev.hone.llm.forward.ForwardModel;
import dev.hone.llm.forward.KvBlocks;
import dev.hone.llm.text.ChatTokenizer;
import dev.hone.llm.text.TokenBytes;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/** A model of one engine. */
final class HostedModel implements LoadedModel {
    private static final byte[] NO_BYTES = {};
    /** More blocks than any sequences of one model could use. */
    private static final long MOST_BLOCKS = 1 << 22;

    private final Object engine;
    private final ForwardModel forward;
    private final ChatTokenizer tokenizer;
    private final IntFunction<byte[]> tokenBytes;
    private final Lane lane;
    private final Uses uses;

    /** @param whenFree called once, after {@link #close}, when nothing uses it any more */
    HostedModel(Object engine, ForwardModel forward, ChatTokenizer tokenizer, CacheBudget budget, long cacheBytes, Consumer<HostedModel> whenFree) {
        this.engine = engine;
        this.forward = forward;
        this.tokenizer = tokenizer;
        this.tokenBytes = tokenBytes(tokenizer);
        this.lane = new Lane(this, new BlockPool(blocks(forward, cacheBytes), budget));
        this.uses = new Uses(() -> whenFree.accept(this));
    }

    private static KvBlocks blocks(ForwardModel forward, long cacheBytes) {
        long bytes;
        try (KvBlocks one = forward.newBlocks(1)) {
            bytes = one.blockBytes();
        }
        long count = Math.min(MOST_BLOCKS, cacheBytes / bytes);
        if (count == 0) {
            throw new IllegalArgumentException("Expected a cache for at least " + KvBlocks.TOKENS + " tokens of this model, " + bytes + " bytes, found " + cacheBytes + ": enlarge it.");
        }
        return forward.newBlocks((int) count);
    }

    /** A tokenizer without bytes of its own for each token tells of its text, where half a character is U+FFFD. */
    private static IntFunction<byte[]> tokenBytes(ChatTokenizer tokenizer) {
        try {
            TokenBytes bytes = tokenizer.tokenBytes();
            return id -> id < bytes.size() ? bytes.of(id) : NO_BYTES;
        } catch (FormatException e) {
            return id -> tokenizer.decode(new int[] {id}).getBytes(StandardCharsets.UTF_8);
        }
    }

    boolean isOf(Object other) {
        return engine == other;
    }

    ForwardModel forward() {
        return forward;
    }

    Lane lane() {
        return lane;
    }

    Uses uses() {
        return uses;
    }

    /** Bytes of UTF-8 that a token stands for. */
    IntFunction<byte[]> tokenBytes() {
        return tokenBytes;
    }

    int vocabulary() {
        return forward.config().vocabSize();
    }

    @Override
    public ChatTokenizer tokenizer() {
        return tokenizer;
    }

    @Override
    public int contextLength() {
        return forward.config().maxPositionEmbeddings();
    }

    @Override
    public long parameters() {
        return forward.parameters();
    }

    @Override
    public long bytes() {
        return forward.bytes();
    }

    @Override
    public void close() {
        uses.close();
    }

    /** Gives all memory back; no sequence may be left. */
    void free() {
        lane.pool().memory().close();
        forward.close();
        tokenizer.close();
    }
}
