package dev.hone.llm.forward;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The small formulas against java.lang.Math in float64, and against values by hand. */
class FormulasTest {
    @Test
    void givenNumbersOfAllSizes_whenRaisedToE_thenNearlyEveryDigitIsRight() {
        for (float x = -87; x < 88; x += 0.37f) {
            float found = exp(x);
            assertEquals(Math.exp(x), found, Math.exp(x) * 2.5e-7, "e^" + x);
        }
        assertEquals(1, exp(0));
        assertEquals(0, exp(-88));
        assertEquals(0, exp(Float.NEGATIVE_INFINITY));
        assertEquals(Math.exp(88), exp(200), Math.exp(88) * 2.5e-7);
    }

    private static float exp(float x) {
        return VectorMath.exp(FloatVector.broadcast(Lanes.F, x)).lane(0);
    }

    @ParameterizedTest
    @ValueSource(floats = {0.5f, 30, 50})
    void givenACap_whenNumbersAreCapped_thenTheyAreTanhs(float cap) {
        for (float x = -200; x < 200; x += 1.7f) {
            assertEquals(cap * Math.tanh(x / cap), VectorMath.capped(FloatVector.broadcast(Lanes.F, x), cap).lane(0), cap * 4e-7, "tanh of " + x);
        }
    }

    /** mean(x²) of (3, 4, 0, 0, …) over 8 is 25/8; ε = 0 leaves 1/√(25/8) = 0.565685. */
    @Test
    void givenARowByHand_whenNormed_thenItIsDividedByItsRootMeanSquare() {
        float[] x = {9, 3, 4, 0, 0, 0, 0, 0, 0, 9};
        float[] y = new float[9];
        Norms.apply(x, 1, new float[] {1, 2, 1, 1, 1, 1, 1, 1}, 0, y, 1);
        assertArrayEquals(new float[] {0, 1.697056f, 4.525483f, 0, 0, 0, 0, 0, 0}, y, 1e-6f);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 16, 37, 64, 100})
    void givenAnyLength_whenNormed_thenItIsTheDefinition(int n) {
        float[] x = new float[n];
        float[] weight = new float[n];
        double squares = 0;
        for (int i = 0; i < n; i++) {
            x[i] = (float) Math.sin(i + 1);
            weight[i] = (float) Math.cos(i);
            squares += (double) x[i] * x[i];
        }
        float[] expected = new float[n];
        for (int i = 0; i < n; i++) {
            expected[i] = (float) (x[i] / Math.sqrt(squares / n + 1e-5) * weight[i]);
        }
        Norms.apply(x, 0, weight, 1e-5f, x, 0);
        assertArrayEquals(expected, x, 1e-6f);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 37, 64})
    void givenGateAndUp_whenActivated_thenTheyAreSiluAndGelu(int width) {
        float[] x = new float[2 * width + 1];
        for (int i = 0; i < 2 * width; i++) {
            x[i + 1] = (float) (5 * Math.sin(3 * i + 1));
        }
        float[] silu = new float[width];
        float[] gelu = new float[width];
        GatedUnit.apply(false, x, 1, width, silu, 0);
        GatedUnit.apply(true, x, 1, width, gelu, 0);
        for (int i = 0; i < width; i++) {
            double g = x[i + 1];
            double up = x[i + 1 + width];
            assertEquals(g / (1 + Math.exp(-g)) * up, silu[i], 1e-5);
            assertEquals(g / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (g + 0.044715 * g * g * g))) * up, gelu[i], 1e-5);
        }
    }

    /** A quarter turn takes (x, y) to (−y, x); frequency π/2 at position 1, and position 300 is as many whole turns. */
    @Test
    void givenAQuarterTurnAPosition_whenTurned_thenPairsTurnAndTheRestStays() {
        RotaryTable table = new RotaryTable(new float[] {(float) (Math.PI / 2), 0});
        table.upTo(2);
        float[] x = {9, 1, 2, 3, 4, 5};
        table.turn(x, 1, 1);
        assertArrayEquals(new float[] {9, -3, 2, 1, 4, 5}, x, 1e-6f);
        table.upTo(301);
        table.turn(x, 1, 300);
        assertArrayEquals(new float[] {9, -3, 2, 1, 4, 5}, x, 1e-4f);
    }

    /** Scale 254 / 127 = 2: 5 is 2.5 codes and goes to the even one, 2. */
    @Test
    void givenActivationsByHand_whenRounded_thenTiesGoToTheEvenCode() {
        float[] x = {99, 254, 5, -7, 0.9f};
        ActivationRounding.apply(x, 1, 4, x);
        assertArrayEquals(new float[] {99, 254, 4, -8, 0}, x);
        float[] zero = new float[3];
        ActivationRounding.apply(zero, 0, 3, zero);
        assertArrayEquals(new float[3], zero);
    }

    @Test
    void givenTwoValues_whenPaired_thenEachIsTheNearestBf16() {
        int pair = Lanes.pair(1 + 1f / 256, -3.14159f);
        assertEquals("[1.0, -3.140625]", Arrays.toString(new float[] {Float.intBitsToFloat(pair << 16), Float.intBitsToFloat(pair & 0xFFFF0000)}));
    }
}
