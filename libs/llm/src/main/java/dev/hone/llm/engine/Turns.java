package dev.hone.llm.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Whose step is next: the model that was computed for least. Each step advances its model's virtual time by what it cost,
 * as in start-time fair queueing (Goyal, Vin and Cheng 1996); a model that comes back to work begins at the time of the one
 * served last, so that rest earns no privilege.
 */
final class Turns {
    /** Reading the weights costs a step about as much as computing this many tokens. */
    static final int STEP_COST = 32;

    private long now;

    /** Lanes with work, whose turn it is first. */
    List<Lane> order(List<Lane> lanes) {
        List<Lane> busy = new ArrayList<>();
        for (Lane lane : lanes) {
            if (lane.hasWork()) {
                busy.add(lane);
            }
        }
        busy.sort(Comparator.comparingLong(lane -> Math.max(now, lane.virtualTime())));
        return busy;
    }

    /** The lane has its turn. */
    void taken(Lane lane, int tokens) {
        lane.catchUp(now);
        now = lane.virtualTime();
        lane.charge(STEP_COST + tokens);
    }
}
