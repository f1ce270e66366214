package dev.hone.llm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TurnsTest {
    private final Turns turns = new Turns();

    private static Lane busy() {
        Lane lane = new Lane(null, null);
        lane.waiting().add(new Sequence(new Request(lane, Optional.empty(), "", Long.MAX_VALUE, 0, () -> {}), 0, new int[1]));
        return lane;
    }

    private Lane next(List<Lane> lanes, int[] tokensEach) {
        Lane first = turns.order(lanes).getFirst();
        turns.taken(first, tokensEach[lanes.indexOf(first)]);
        return first;
    }

    @Test
    void givenStepsOfOneAndOfManyTokens_whenTakenInTurn_thenBothGetTheSameCost() {
        List<Lane> lanes = List.of(busy(), busy());
        int[] tokens = {480, 0};
        int[] steps = new int[2];
        for (int i = 0; i < 1700; i++) {
            steps[lanes.indexOf(next(lanes, tokens))]++;
        }

        // by hand: a step of the first costs 512, of the second 32
        assertEquals(100, steps[0]);
        assertEquals(1600, steps[1]);
    }

    @Test
    void givenAModelThatRested_whenItComesBack_thenItHasItsTurnButNoMoreThanThat() {
        Lane rested = busy();
        Lane busy = busy();
        for (int i = 0; i < 50; i++) {
            next(List.of(busy), new int[] {100});
        }
        List<Lane> both = List.of(busy, rested);
        int turnsOfRested = 0;
        for (int i = 0; i < 10; i++) {
            turnsOfRested += next(both, new int[] {100, 100}) == rested ? 1 : 0;
        }

        assertEquals(5, turnsOfRested);
    }

    @Test
    void givenLanesWithoutWork_whenOrdered_thenTheyAreLeftOut() {
        assertTrue(turns.order(List.of(new Lane(null, null))).isEmpty());
    }
}
