package dev.hone.llm.estimate;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class MatmulRateTest {
    @Test
    void givenThisMachine_whenMeasured_thenTheRateIsOneThatProcessorsHave() {
        // from a busy core without vector units to a server full of matrix units
        double rate = MatmulRate.measure("f32");
        assertTrue(rate > 1e8 && rate < 1e14, "found " + rate);
    }
}
