package dev.hone.llm.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class MeasuredTest {
    private static Measured of(Double... margins) {
        return new Measured(new EvaluationResult(1, Math.E, 0.5, 0, margins.length, 10, 0), List.of(margins));
    }

    /** By hand, beta 0.5: d = 2, -1, 0; -ln sigmoid(1) = 0.313262, -ln sigmoid(-0.5) = 0.974077, ln 2 = 0.693147; mean 0.660162. */
    @Test
    void givenMarginsThatMoved_whenComparedWithTheBase_thenAccuracyAndLossAreThoseOfTheFormula() {
        PreferenceResult preference = of(1.0, -3.0, 4.0).against(of(-1.0, -2.0, 4.0), 0.5).preferenceOrNull();
        assertEquals(1.0 / 3, preference.accuracy(), 1e-12);
        assertEquals(0.660162, preference.loss(), 1e-6);
        assertEquals(3, preference.pairs());
    }

    @Test
    void givenNothingMoved_whenCompared_thenTheLossIsTheBases() {
        assertEquals(PreferenceResult.LOSS_OF_THE_BASE, of(7.0).against(of(7.0), 0.1).preferenceOrNull().loss(), 1e-12);
    }

    @Test
    void givenALargeDifference_whenCompared_thenTheLossStaysFinite() {
        assertEquals(10_000, of(-100_000.0).against(of(0.0), 0.1).preferenceOrNull().loss(), 1e-6);
    }

    @Test
    void givenNoPairs_whenCompared_thenThereIsNoPreference() {
        assertNull(of().against(of(), 0.1).preferenceOrNull());
        assertThrows(IllegalArgumentException.class, () -> of(1.0).against(of(), 0.1));
    }
}
