package dev.hone.llm.engine;

import dev.hone.llm.generate.FinishReason;
import dev.hone.llm.kernel.WorkTeam;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's thread: takes what came in, lets go what nobody waits for, and computes a step of one model, over and over.
 * All sequences, blocks and turns are its own; others talk to it through {@link #tell}.
 */
final class Scheduler implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(Scheduler.class);
    private static final Runnable NOTHING = () -> {};
    /** Turns in which nothing could be computed although there is work: more than what one sequence's end explains. */
    private static final int MOST_IDLE_TURNS = 1000;

    private final LinkedBlockingQueue<Runnable> inbox = new LinkedBlockingQueue<>();
    private final List<Lane> lanes = new ArrayList<>();
    private final Turns turns = new Turns();
    private final CacheBudget budget;
    private final Admission admission;
    private final EngineObserver observer;
    private final WorkTeam team;
    private final Seats seats;
    private final Planner planner;
    private volatile EngineStatus status = new EngineStatus(0, 0, 0, 0, 0, 0);
    private boolean endsAll;
    private boolean stops;
    private int idleTurns;

    Scheduler(EngineSettings settings, CacheBudget budget, Admission admission, EngineObserver observer, WorkTeam team) {
        this.budget = budget;
        this.admission = admission;
        this.observer = observer;
        this.team = team;
        this.seats = new Seats(lanes, admission, observer);
        this.planner = new Planner(settings, seats);
    }

    /** Has something done by the engine's thread, between two steps. */
    void tell(Runnable command) {
        inbox.add(command);
    }

    /** There is something to look at. */
    void wake() {
        inbox.add(NOTHING);
    }

    /** Requests as they are now, blocks as they were after the last step. */
    EngineStatus status() {
        EngineStatus last = status;
        return new EngineStatus(admission.running(), admission.waiting(), last.blocks(), last.usedBlocks(), last.sharedBlocks(), last.prefixTokensReused());
    }

    void add(Lane lane) {
        tell(() -> {
            lanes.add(lane);
            budget.join(lane.pool());
        });
    }

    /** @param then called when the engine knows the lane no more */
    void remove(Lane lane, Runnable then) {
        tell(() -> {
            lanes.remove(lane);
            budget.leave(lane.pool());
            then.run();
        });
    }

    void enter(Lane lane, Sequence sequence) {
        tell(() -> seats.enter(lane, sequence));
    }

    /** What is inside, and what still comes in, ends as cancelled. */
    void endAll() {
        tell(() -> endsAll = true);
    }

    /** The thread ends when nothing is inside any more. */
    void stop() {
        tell(() -> stops = true);
    }

    @Override
    public void run() {
        while (!(stops && admission.isEmpty() && inbox.isEmpty())) {
            try {
                turn();
            } catch (RuntimeException | Error bug) {
                log.error("The engine's scheduling failed; whatever was inside ends.", bug);
                failAll(bug);
            }
        }
    }

    private void turn() {
        for (Runnable command = inbox.poll(); command != null; command = inbox.poll()) {
            command.run();
        }
        reap();
        boolean worked = step();
        publish();
        if (!worked && !stops) {
            await();
        }
    }

    private void await() {
        try {
            inbox.take().run();
        } catch (InterruptedException e) {
            log.warn("The engine's thread is not to be interrupted: close the engine instead.");
        }
    }

    /** Cancelled and expired sequences leave, wherever they are. */
    private void reap() {
        long now = System.nanoTime();
        for (Lane lane : lanes) {
            for (Sequence sequence : lane.all()) {
                if (endsAll || sequence.request().isCancelled()) {
                    seats.end(lane, sequence, FinishReason.CANCELLED);
                } else if (sequence.request().isExpired(now)) {
                    seats.end(lane, sequence, FinishReason.DEADLINE);
                }
            }
        }
    }

    /** @return false if there is nothing to do */
    private boolean step() {
        List<Lane> busy = turns.order(lanes);
        for (Lane lane : busy) {
            Batch batch = planner.plan(lane);
            if (!batch.isEmpty()) {
                idleTurns = 0;
                turns.taken(lane, batch.tokens());
                compute(lane, batch);
                return true;
            }
        }
        if (busy.isEmpty()) {
            return false;
        }
        if (++idleTurns > MOST_IDLE_TURNS) {
            throw new IllegalStateException("Expected room for one of the sequences that wait, found none although nothing runs.");
        }
        return true;
    }

    private void compute(Lane lane, Batch batch) {
        long start = System.nanoTime();
        try {
            lane.model().forward().step(batch.slices(), lane.pool().memory(), team, batch);
        } catch (RuntimeException | Error bug) {
            log.error("A step of {} sequences failed.", batch.parts().size(), bug);
            batch.parts().forEach(part -> seats.fail(lane, part.sequence(), bug));
            return;
        }
        int answerTokens = 0;
        for (Batch.Part part : batch.parts()) {
            int length = part.sequence().length();
            stepped(lane, part);
            answerTokens += part.sequence().length() - length;
        }
        observer.stepped(lane.model(), batch.parts().size(), batch.promptTokens(), answerTokens, System.nanoTime() - start);
    }

    private void stepped(Lane lane, Batch.Part part) {
        Sequence sequence = part.sequence();
        sequence.computed(part.count());
        Task task = sequence.task();
        Task.Verdict verdict = task.stepped(sequence.computed());
        task.followers(sequence.computed()).forEach(follower -> seats.follow(lane, follower));
        switch (verdict) {
            case Task.Verdict.GoOn() -> {}
            case Task.Verdict.Done(FinishReason reason) -> seats.end(lane, sequence, reason);
            case Task.Verdict.Failed(Throwable bug) -> {
                if (!(bug instanceof IllegalArgumentException)) {
                    log.error("An answer failed.", bug);
                }
                seats.fail(lane, sequence, bug);
            }
        }
    }

    private void failAll(Throwable bug) {
        for (Lane lane : lanes) {
            for (Sequence sequence : lane.all()) {
                try {
                    seats.fail(lane, sequence, bug);
                } catch (RuntimeException | Error again) {
                    log.error("A sequence could not even be ended.", again);
                }
            }
        }
    }

    private void publish() {
        int blocks = 0;
        int used = 0;
        int shared = 0;
        for (Lane lane : lanes) {
            blocks += lane.pool().ownShare();
            used += lane.pool().used();
            shared += lane.pool().shared();
        }
        status = new EngineStatus(admission.running(), admission.waiting(), blocks, used, shared, seats.reused());
    }
}
