package dev.hone.llm.engine;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.forward.Adapter;
import dev.hone.llm.forward.ForwardModel;
import dev.hone.llm.forward.KvBlocks;
import dev.hone.llm.forward.Slice;
import dev.hone.llm.forward.StepReader;
import dev.hone.llm.kernel.WorkTeam;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

/**
 * A model whose logits are a hash of everything before them, read back through the blocks: as keys and values do, what is
 * stored for a token depends on all tokens before it and on the adapter, so that a block too many, too few or of somebody
 * else's gives another answer.
 */
final class FakeForward implements ForwardModel {
    static final int VOCABULARY = 512;
    static final int WIDTH = 8;

    /** An adapter that changes every answer. */
    static final class FakeAdapter implements Adapter {
        final long id;
        volatile boolean closed;

        FakeAdapter(long id) {
            this.id = id;
        }

        @Override
        public long bytes() {
            return 100;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    /** @param tokens of each slice */
    record Step(List<Integer> positions, List<Integer> tokens) {
        int total() {
            return tokens.stream().mapToInt(Integer::intValue).sum();
        }
    }

    /** Blocks of 1,600 bytes, as far as anybody is told. */
    private static final class FakeBlocks implements KvBlocks {
        private final long[][] values;
        private boolean closed;

        FakeBlocks(int count) {
            values = new long[count][];
        }

        @Override
        public int count() {
            return values.length;
        }

        @Override
        public long blockBytes() {
            return BLOCK_BYTES;
        }

        @Override
        public synchronized void release(int block) {
            values[block] = null;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    static final long BLOCK_BYTES = 1600;

    private final ModelConfig config;
    private final long seed;
    private final AtomicBoolean stepping = new AtomicBoolean();
    private final Semaphore steps = new Semaphore(0);
    private volatile boolean gated;
    volatile boolean closed;
    volatile RuntimeException broken;
    final List<Step> seen = Collections.synchronizedList(new ArrayList<>());

    FakeForward(long seed, int contextLength) {
        this.seed = seed;
        this.config = ModelConfig.llama(VOCABULARY, WIDTH, 16, 1, 2, 1, 4, 1e-5, 10000, contextLength, false, 0.02);
    }

    /** From now on each step waits to be let through. */
    FakeForward gated() {
        gated = true;
        return this;
    }

    void let(int more) {
        steps.release(more);
    }

    void letAll() {
        gated = false;
        steps.release(1_000_000);
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public long parameters() {
        return 1000;
    }

    @Override
    public long bytes() {
        return 2000;
    }

    @Override
    public KvBlocks newBlocks(int count) {
        return new FakeBlocks(count);
    }

    @Override
    public Adapter adapter(Path directory) {
        return new FakeAdapter(directory.hashCode());
    }

    @Override
    public void step(List<Slice> slices, KvBlocks blocks, WorkTeam team, StepReader reader) {
        if (!stepping.compareAndSet(false, true)) {
            throw new IllegalStateException("two steps at once");
        }
        try {
            if (gated) {
                steps.acquireUninterruptibly();
            }
            if (closed || ((FakeBlocks) blocks).closed) {
                throw new IllegalStateException("closed");
            }
            if (broken != null) {
                throw broken;
            }
            seen.add(new Step(slices.stream().map(Slice::position).toList(), slices.stream().map(slice -> slice.tokens().length).toList()));
            // none may need what another writes in the same step, so the order must not matter
            team.run(slices.size(), i -> run(slices.size() - 1 - i, slices.get(slices.size() - 1 - i), (FakeBlocks) blocks, reader));
        } finally {
            stepping.set(false);
        }
    }

    private void run(int number, Slice slice, FakeBlocks blocks, StepReader reader) {
        long history = history(slice, blocks);
        long adapter = adapter(slice.adapter());
        for (int i = 0; i < slice.tokens().length; i++) {
            long value = stored(history, slice.tokens()[i], adapter);
            int position = slice.position() + i;
            write(blocks, slice.blocks()[position / KvBlocks.TOKENS], position % KvBlocks.TOKENS, value);
            history = mixed(history, value);
            if (i >= slice.logitsFrom()) {
                reader.logits(number, i, logits(history));
            }
            if (slice.hidden()) {
                reader.hidden(number, i, hidden(history));
            }
        }
    }

    private long history(Slice slice, FakeBlocks blocks) {
        long history = seed;
        for (int position = 0; position < slice.position(); position++) {
            long[] block = blocks.values[slice.blocks()[position / KvBlocks.TOKENS]];
            if (block == null) {
                throw new IllegalStateException("read before it was written");
            }
            history = mixed(history, block[position % KvBlocks.TOKENS]);
        }
        return history;
    }

    private static void write(FakeBlocks blocks, int block, int at, long value) {
        synchronized (blocks) {
            if (blocks.values[block] == null) {
                blocks.values[block] = new long[KvBlocks.TOKENS];
            }
        }
        blocks.values[block][at] = value;
    }

    private static long adapter(Optional<Adapter> adapter) {
        return adapter.map(one -> ((FakeAdapter) one).id).orElse(0L);
    }

    private static long stored(long history, int token, long adapter) {
        return mixed(mixed(history, token + 1), adapter);
    }

    private static long mixed(long a, long b) {
        long x = (a ^ b * 0x9E3779B97F4A7C15L) * 0xBF58476D1CE4E5B9L;
        return x ^ x >>> 29;
    }

    private static float[] logits(long history) {
        return floats(history, VOCABULARY, 4);
    }

    private static float[] hidden(long history) {
        return floats(~history, WIDTH, 1);
    }

    private static float[] floats(long history, int count, float range) {
        float[] values = new float[count];
        long x = history;
        for (int i = 0; i < count; i++) {
            x = mixed(x, i);
            values[i] = range * ((x >>> 40) * 0x1p-23f - 1);
        }
        return values;
    }

    /** Without blocks and steps: logits after each token. */
    float[][] logitsOf(int[] tokens, Optional<Adapter> adapter) {
        long[] histories = histories(tokens, adapter);
        return IntStream.range(0, tokens.length).mapToObj(i -> logits(histories[i])).toArray(float[][]::new);
    }

    /** Logits after the last of them. */
    float[] logitsAfter(int[] tokens, Optional<Adapter> adapter) {
        return logits(histories(tokens, adapter)[tokens.length - 1]);
    }

    float[][] hiddenOf(int[] tokens, Optional<Adapter> adapter) {
        long[] histories = histories(tokens, adapter);
        return IntStream.range(0, tokens.length).mapToObj(i -> hidden(histories[i])).toArray(float[][]::new);
    }

    private long[] histories(int[] tokens, Optional<Adapter> adapter) {
        long[] histories = new long[tokens.length];
        long history = seed;
        for (int i = 0; i < tokens.length; i++) {
            history = mixed(history, stored(history, tokens[i], adapter(adapter)));
            histories[i] = history;
        }
        return histories;
    }

    @Override
    public void close() {
        closed = true;
    }
}
