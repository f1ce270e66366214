package dev.hone.llm.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WatchdogTest {
    private static Watchdog watchdog(double threshold, int patience) {
        return new Watchdog(TrainingRecipe.parse("{}").with("loss_watchdog_threshold", threshold).with("loss_watchdog_patience", patience));
    }

    @ParameterizedTest
    @CsvSource({"NaN,1", "Infinity,1", "2,NaN", "2,Infinity"})
    void givenNoThreshold_whenLossOrNormIsNoNumber_thenItStopsAtOnce(double loss, double norm) {
        Watchdog watchdog = watchdog(0, 3);
        watchdog.look(6, 1e30, 1);
        TrainingFailed stopped = assertThrows(TrainingFailed.class, () -> watchdog.look(7, loss, norm));
        assertEquals("loss_diverged", stopped.code());
        assertTrue(stopped.userError());
        assertTrue(stopped.getMessage().contains("step 7") && stopped.getMessage().contains("learning_rate"), stopped.getMessage());
    }

    @Test
    void givenAThreshold_whenStepsInARowLieAboveIt_thenThePatienceIsTheLastOne() {
        Watchdog watchdog = watchdog(4, 3);
        assertTrue(watchdog.trusts(4) && !watchdog.trusts(5) && !watchdog.trusts(Double.NaN));
        watchdog.look(1, 5, 1);
        assertFalse(watchdog.calm());
        assertFalse(watchdog.trusts(1));
        watchdog.look(2, 5, 1);
        TrainingFailed stopped = assertThrows(TrainingFailed.class, () -> watchdog.look(3, 6.25, 30));
        assertEquals("loss_diverged", stopped.code());
        assertTrue(stopped.getMessage().startsWith("The loss was above loss_watchdog_threshold 4.0 for 3 steps in a row, and is 6.250 in step 3 with a gradient norm of 30.0"), stopped.getMessage());
    }

    @Test
    void givenAThreshold_whenAStepBetweenIsBelow_thenCountingBeginsAnew() {
        Watchdog watchdog = watchdog(4, 2);
        for (int step = 1; step < 20; step++) {
            watchdog.look(step, step % 2 == 0 ? 4 : 9, 1);
            assertEquals(step % 2 == 0, watchdog.calm());
        }
    }
}
