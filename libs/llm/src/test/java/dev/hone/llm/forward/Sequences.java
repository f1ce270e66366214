package dev.hone.llm.forward;

import dev.hone.llm.kernel.WorkTeam;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Sequences over one model's blocks, as a scheduler would hold them: reads tokens and remembers the logits of each. */
final class Sequences implements AutoCloseable {
    private final ForwardModel model;
    private final KvBlocks blocks;
    private final WorkTeam team;
    private int used;

    /** @param offset blocks that are left out, so that the same tokens can lie elsewhere */
    Sequences(ForwardModel model, WorkTeam team, int count, int offset) {
        this.model = model;
        this.team = team;
        blocks = model.newBlocks(count);
        used = offset;
    }

    Sequences(ForwardModel model, WorkTeam team) {
        this(model, team, 64, 0);
    }

    /** A sequence that will have at most {@code tokens}. */
    Sequence open(int tokens, Optional<Adapter> adapter) {
        int[] ids = new int[Math.ceilDiv(tokens, KvBlocks.TOKENS)];
        for (int i = 0; i < ids.length; i++) {
            // neighbours in a sequence are not neighbours in memory
            ids[i] = (used + i) * 7 % blocks.count();
        }
        used += ids.length;
        return new Sequence(ids, adapter);
    }

    static final class Sequence {
        private final int[] blocks;
        private final Optional<Adapter> adapter;
        private int position;
        final List<float[]> logits = new ArrayList<>();
        final List<float[]> hidden = new ArrayList<>();

        private Sequence(int[] blocks, Optional<Adapter> adapter) {
            this.blocks = blocks;
            this.adapter = adapter;
        }

        /** Forgets all, as after an eviction. */
        void evict() {
            position = 0;
            logits.clear();
        }

        /** All positions' logits, [T, V]. */
        float[] flat() {
            int vocabulary = logits.getFirst().length;
            float[] flat = new float[logits.size() * vocabulary];
            for (int t = 0; t < logits.size(); t++) {
                System.arraycopy(logits.get(t), 0, flat, t * vocabulary, vocabulary);
            }
            return flat;
        }
    }

    record Reading(Sequence sequence, int[] tokens, boolean hidden) {
        Reading(Sequence sequence, int... tokens) {
            this(sequence, tokens, false);
        }
    }

    void step(Reading... readings) {
        List<Slice> slices = new ArrayList<>();
        for (Reading r : readings) {
            slices.add(new Slice(r.tokens, r.sequence.position, r.sequence.blocks, r.sequence.adapter, 0, r.hidden));
            for (int i = 0; i < r.tokens.length; i++) {
                r.sequence.logits.add(null);
                r.sequence.hidden.add(null);
            }
        }
        model.step(slices, blocks, team, new StepReader() {
            @Override
            public void logits(int slice, int index, float[] logits) {
                put(readings[slice].sequence.logits, readings[slice].sequence.position + index, logits);
            }

            @Override
            public void hidden(int slice, int index, float[] hidden) {
                put(readings[slice].sequence.hidden, readings[slice].sequence.position + index, hidden);
            }
        });
        for (Reading r : readings) {
            r.sequence.position += r.tokens.length;
        }
    }

    private static synchronized void put(List<float[]> list, int at, float[] values) {
        list.set(at, values.clone());
    }

    /** Logits [T, V] of a prompt read at once. */
    static float[] logits(ForwardModel model, int[] tokens, Optional<Adapter> adapter) {
        try (WorkTeam alone = WorkTeam.alone(); Sequences sequences = new Sequences(model, alone)) {
            Sequence sequence = sequences.open(tokens.length, adapter);
            sequences.step(new Reading(sequence, tokens));
            return sequence.flat();
        }
    }

    static int[] part(int[] tokens, int from, int to) {
        return Arrays.copyOfRange(tokens, from, to);
    }

    @Override
    public void close() {
        blocks.close();
    }
}
