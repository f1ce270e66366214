package dev.hone.llm.engine;

import dev.hone.llm.engine.PrefixCache.Link;
import dev.hone.llm.forward.KvBlocks;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Chooses what the next step of a model computes. Decoding comes first: one token of each running answer, for which younger
 * sequences are preempted where blocks run out. What is left of the step's tokens reads prompts in chunks, oldest first, then
 * those that wait, in the order in which they came; none passes the first that finds no blocks. A prompt whose next block
 * another sequence computes in the same step waits for it. Confined to the engine's thread.
 */
final class Planner {
    private final EngineSettings settings;
    private final Seats seats;

    Planner(EngineSettings settings, Seats seats) {
        this.settings = settings;
        this.seats = seats;
    }

    /** Empty if nothing runs and the first that waits finds no blocks yet. */
    Batch plan(Lane lane) {
        Batch batch = new Batch();
        decode(lane, batch);
        Set<Link> beingComputed = new HashSet<>();
        for (Sequence sequence : List.copyOf(lane.running())) {
            if (!sequence.decodes()) {
                prefill(sequence, batch, beingComputed);
            }
        }
        boolean admits = true;
        while (admits && hasRoom(lane, batch)) {
            Sequence first = lane.waiting().first();
            admits = seats.admit(lane, first);
            if (admits) {
                prefill(first, batch, beingComputed);
            }
        }
        return batch;
    }

    private boolean hasRoom(Lane lane, Batch batch) {
        return !lane.waiting().isEmpty() && lane.running().size() < settings.running() && batch.tokens() < settings.stepTokens();
    }

    private void decode(Lane lane, Batch batch) {
        for (Sequence sequence : List.copyOf(lane.running())) {
            if (sequence.isRunning() && sequence.decodes() && seats.makeRoom(lane, sequence)) {
                batch.add(sequence, 1);
            }
        }
    }

    private void prefill(Sequence sequence, Batch batch, Set<Link> beingComputed) {
        int left = settings.stepTokens() - batch.tokens();
        seats.reused(sequence.catchUp());
        Optional<Link> next = sequence.nextLink();
        if (left == 0 || next.filter(beingComputed::contains).isPresent()) {
            return;
        }
        next.ifPresent(beingComputed::add);
        batch.add(sequence, chunk(sequence, left));
    }

    /** Chunks end with blocks where they can, so that what is computed can be shared. */
    private static int chunk(Sequence sequence, int left) {
        if (sequence.uncomputed() <= left) {
            return sequence.uncomputed();
        }
        int whole = left - (sequence.computed() + left) % KvBlocks.TOKENS;
        return whole > 0 ? whole : left;
    }
}
