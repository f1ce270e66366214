package dev.hone.evaluator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.eval.EvaluationResult;
import dev.hone.llm.eval.PreferenceResult;
import dev.hone.v1.GateRecipe;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GateTest {
    private static final Gate GATE = new Gate(0.05, 0.02, 0.5);

    private static EvaluationResult loss(double loss) {
        return result(loss, 0.8, 100);
    }

    private static EvaluationResult result(double loss, double exactMatch, int generatedRows) {
        return new EvaluationResult(loss, Math.exp(loss), 0.5, exactMatch, 200, 3000, generatedRows);
    }

    private static Gate.Verdict decide(double base, double adapter, double quantized) {
        return GATE.decide(Optional.of(loss(base)), loss(adapter), "int8", loss(quantized));
    }

    @Test
    void givenAllRulesHold_whenDecided_thenItPassesAndSaysTheNumbers() {
        Gate.Verdict verdict = decide(2.0, 1.5, 1.515);

        assertTrue(verdict.passed());
        assertEquals("Passed. The adapter's loss of 1.5000 is 25.0 % lower than the base's 2.0000; required is at least 5.0 % lower. "
                + "Quantized to int8 the loss of 1.5150 is 1.0 % higher than the adapter's; allowed is at most 2.0 % higher. "
                + "The int8 model answers 80.0 % of 100 held-out rows exactly; required is at least 50.0 %.", verdict.reason());
    }

    @Test
    void givenAnAdapterBarelyBetter_whenDecided_thenItFails() {
        // by hand: 1.92 is 4 % below 2.0
        assertFalse(decide(2.0, 1.92, 1.92).passed());
        assertTrue(decide(2.0, 1.88, 1.88).passed());
    }

    @Test
    void givenAnAdapterWorseThanTheBase_whenDecided_thenTheReasonSaysHigher() {
        Gate.Verdict verdict = decide(2.0, 2.5, 2.5);

        assertFalse(verdict.passed());
        assertTrue(verdict.reason().startsWith("Not passed. The adapter's loss of 2.5000 is 25.0 % higher than the base's 2.0000"), verdict.reason());
    }

    @Test
    void givenQuantizationThatLosesTooMuch_whenDecided_thenItFails() {
        // by hand: 1.545 is 3 % above 1.5
        Gate.Verdict verdict = decide(2.0, 1.5, 1.545);

        assertFalse(verdict.passed());
        assertTrue(verdict.reason().contains("3.0 % higher than the adapter's; allowed is at most 2.0 % higher"), verdict.reason());
    }

    @Test
    void givenAQuantizedModelBetterThanTheAdapter_whenDecided_thenNothingIsLost() {
        assertTrue(decide(2.0, 1.5, 1.4).passed());
    }

    @Test
    void givenTooFewExactAnswersOfTheModelThatWouldServe_whenDecided_thenItFails() {
        Gate.Verdict verdict = GATE.decide(Optional.of(loss(2)), result(1, 0.9, 100), "int4", result(1, 0.49, 100));

        assertFalse(verdict.passed());
        assertTrue(verdict.reason().contains("The int4 model answers 49.0 % of 100 held-out rows exactly"), verdict.reason());
    }

    @Test
    void givenNoAnswersAtAll_whenExactMatchIsRequired_thenItFailsAndElseItPasses() {
        assertFalse(GATE.decide(Optional.of(loss(2)), loss(1), "int8", result(1, 0, 0)).passed());
        assertTrue(new Gate(0.05, 0.02, 0).decide(Optional.of(loss(2)), loss(1), "int8", result(1, 0, 0)).passed());
    }

    @Test
    void givenNoBase_whenDecided_thenTheOtherRulesDecide() {
        assertTrue(GATE.decide(Optional.empty(), loss(1), "int8", loss(1)).passed());
        assertFalse(GATE.decide(Optional.empty(), loss(1), "int8", loss(2)).passed());
    }

    @Test
    void givenLossesThatAreNoNumbers_whenDecided_thenItFails() {
        assertFalse(decide(2.0, Double.NaN, 1.5).passed());
        assertFalse(decide(2.0, 1.5, Double.NaN).passed());
        assertFalse(decide(2.0, Double.POSITIVE_INFINITY, 1.5).passed());
    }

    private static EvaluationResult preferring(double accuracy, double preferenceLoss) {
        return new EvaluationResult(3, Math.exp(3), 0.5, 0, 40, 3000, 0, new PreferenceResult(accuracy, preferenceLoss, 40));
    }

    @Test
    void givenPairs_whenDecided_thenThePreferenceLossIsWhatMustImprove() {
        Gate gate = new Gate(0.05, 0.02, 0);
        // by hand: 0.5 is 27.9 % below ln 2 = 0.6931, 0.68 is 1.9 % below; that the better answers' loss rose from 2 to 3 decides nothing
        Gate.Verdict passed = gate.decide(Optional.of(loss(2)), preferring(0.8, 0.5), "int8", preferring(0.8, 0.51));
        assertTrue(passed.passed(), passed.reason());
        assertTrue(passed.reason().startsWith("Passed. The adapter has moved towards the better answer in 80.0 % of 40 pairs; its preference loss of 0.5000 is"
                + " 27.9 % lower than the base's 0.6931; required is at least 5.0 % lower."), passed.reason());
        assertFalse(gate.decide(Optional.of(loss(2)), preferring(0.6, 0.68), "int8", preferring(0.6, 0.68)).passed());
    }

    @Test
    void givenARecipe_whenRead_thenItsLimitsAreTheGates() {
        assertEquals(new Gate(-0.5, 0.1, 0.25), Gate.of(GateRecipe.newBuilder().setMinLossImprovement(-0.5).setMaxQuantizationLoss(0.1).setMinExactMatch(0.25).build()));
    }
}
