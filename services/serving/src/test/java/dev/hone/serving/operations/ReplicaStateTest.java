package dev.hone.serving.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplicaStateTest {
    private final ReplicaState state = new ReplicaState();

    @Test
    void givenANewReplica_whenItHasConverged_thenItIsReadyAndNotBefore() {
        assertFalse(state.isReady());
        state.converged();
        assertTrue(state.isReady());
        assertFalse(state.refuses());
    }

    @Test
    void givenAReadyReplica_whenItIsToStop_thenItIsNotReadyButStillAnswersUntilItRefuses() {
        state.converged();
        state.stopping();
        assertFalse(state.isReady());
        assertFalse(state.refuses());
        state.refusing();
        assertTrue(state.refuses());
    }

    @Test
    void givenAReplicaThatIsToStopWhileItStarts_whenItConverges_thenItNeverBecomesReady() {
        state.stopping();
        state.converged();
        assertFalse(state.isReady());
        assertEquals("stopping", state.word());
    }

    @Test
    void givenOneWhoListens_whenTheStateChangesAndIsSaidAgain_thenEachChangeIsToldOnceAndAfterForgettingNone() {
        List<String> heard = new ArrayList<>();
        Runnable listener = () -> heard.add(state.word());
        state.onChange(listener);
        state.converged();
        state.converged();
        state.stopping();
        state.forget(listener);
        state.refusing();
        assertEquals(List.of("ready", "stopping"), heard);
    }
}
