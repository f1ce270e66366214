package dev.hone.llm.engine;

import dev.hone.llm.generate.FinishReason;
import java.util.List;

/**
 * Who runs: admission, preemption and the end of sequences, and what becomes of their blocks. Where blocks run out the
 * youngest sequence of the model gives way, so that the oldest always goes on; a model below its share of the cache takes
 * from the one that is furthest above. Confined to the engine's thread.
 */
final class Seats {
    private final List<Lane> lanes;
    private final Admission admission;
    private final EngineObserver observer;
    private long reused;

    Seats(List<Lane> lanes, Admission admission, EngineObserver observer) {
        this.lanes = lanes;
        this.admission = admission;
        this.observer = observer;
    }

    /** A sequence joins the queue. */
    void enter(Lane lane, Sequence sequence) {
        sequence.request().joined();
        lane.waiting().add(sequence);
    }

    /** A further sequence of a request that is inside. */
    void follow(Lane lane, Sequence sequence) {
        lane.model().uses().another();
        sequence.request().adapter().ifPresent(adapter -> adapter.uses().another());
        enter(lane, sequence);
    }

    /** Gives the first that waits its blocks. @return false if there are too few for it */
    boolean admit(Lane lane, Sequence sequence) {
        int running = lane.running().size();
        int found = sequence.begin(lane.pool(), running);
        if (found < 0) {
            return false;
        }
        lane.waiting().remove(sequence);
        lane.running().add(sequence);
        admission.seated(1);
        if (!makeRoom(lane, sequence)) {
            return false;
        }
        reused(found);
        if (sequence.admitted()) {
            observer.admitted(lane.model(), System.nanoTime() - sequence.request().askedNanos());
        }
        return true;
    }

    /** Tokens that prefixes saved. */
    void reused(int tokens) {
        reused += tokens;
    }

    long reused() {
        return reused;
    }

    /** Blocks for all of a running sequence's tokens. @return false if it runs no longer: it gave way itself, or is longer than the cache */
    boolean makeRoom(Lane lane, Sequence sequence) {
        while (!sequence.table().grow(sequence.length())) {
            Lane giver = giver(lane);
            Sequence victim = giver.running().last();
            if (victim != sequence) {
                preempt(giver, victim);
            } else if (BlockTable.blocksFor(sequence.length()) > lane.pool().count()) {
                end(lane, sequence, FinishReason.LENGTH);
                return false;
            } else {
                preempt(lane, sequence);
                return false;
            }
        }
        return true;
    }

    private Lane giver(Lane taker) {
        Lane giver = taker;
        long most = 0;
        for (Lane lane : lanes) {
            long above = (long) (lane.pool().held() - lane.pool().ownShare()) * lane.pool().blockBytes();
            if (taker.pool().belowShare() && lane != taker && above > most && !lane.running().isEmpty()) {
                giver = lane;
                most = above;
            }
        }
        return giver;
    }

    private void preempt(Lane lane, Sequence sequence) {
        sequence.preempt();
        lane.running().remove(sequence);
        lane.waiting().add(sequence);
        admission.seated(-1);
        observer.preempted(lane.model());
    }

    /** Ends it before it has all it wanted. */
    void end(Lane lane, Sequence sequence, FinishReason reason) {
        leave(lane, sequence);
        sequence.task().end(reason);
    }

    void fail(Lane lane, Sequence sequence, Throwable bug) {
        leave(lane, sequence);
        sequence.task().fail(bug);
    }

    /** Its place and its blocks are free. */
    void leave(Lane lane, Sequence sequence) {
        if (sequence.isRunning()) {
            admission.seated(-1);
        }
        lane.running().remove(sequence);
        lane.waiting().remove(sequence);
        sequence.end();
        if (sequence.request().left()) {
            admission.leave();
        }
        sequence.request().adapter().ifPresent(adapter -> adapter.uses().leave());
        lane.model().uses().leave();
    }
}
