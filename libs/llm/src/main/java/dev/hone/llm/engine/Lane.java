package dev.hone.llm.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** The sequences of one model, those that wait and those in its batch, and its turn among models. Confined to the engine's thread. */
final class Lane {
    private final HostedModel model;
    private final BlockPool pool;
    private final TreeSet<Sequence> waiting = new TreeSet<>();
    private final TreeSet<Sequence> running = new TreeSet<>();
    private long virtualTime;

    Lane(HostedModel model, BlockPool pool) {
        this.model = model;
        this.pool = pool;
    }

    HostedModel model() {
        return model;
    }

    BlockPool pool() {
        return pool;
    }

    /** Oldest first. */
    TreeSet<Sequence> waiting() {
        return waiting;
    }

    /** Oldest first. */
    TreeSet<Sequence> running() {
        return running;
    }

    List<Sequence> all() {
        List<Sequence> all = new ArrayList<>(running);
        all.addAll(waiting);
        return all;
    }

    boolean hasWork() {
        return !waiting.isEmpty() || !running.isEmpty();
    }

    long virtualTime() {
        return virtualTime;
    }

    void charge(long cost) {
        virtualTime += cost;
    }

    /** Time without work earns nothing. */
    void catchUp(long time) {
        virtualTime = Math.max(virtualTime, time);
    }
}
