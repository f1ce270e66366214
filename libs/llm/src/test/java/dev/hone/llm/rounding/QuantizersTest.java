package dev.hone.llm.rounding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class QuantizersTest {
    private static final int ROWS = 24;
    private static final int COLUMNS = 128;
    private static final float[] GAUSSIAN = gaussian(ROWS * COLUMNS);

    /** By hand: max|w| = 2.54 gives the scale 0.02, and −0.03 / 0.02 = −1.5 rounds to the even −2. */
    @Test
    void givenARow_whenQuantizedSymmetrically_thenCodesAreThoseByHand() {
        QuantizedMatrix q = IntegerRounding.round(Scheme.of("w8a8", 32), new float[] {2.54f, -0.03f, 0, 1.27f}, 1, 4, null);
        assertEquals(0.02f, q.scales()[0], 1e-9f);
        assertArrayEquals(new byte[] {127, -2, 0, 64}, q.codes());
    }

    /** By hand: [−20, 1000] has scale 4 and zero point 5, stored less 128. */
    @Test
    void givenARow_whenQuantizedAsymmetrically_thenCodesAreThoseByHand() {
        QuantizedMatrix q = IntegerRounding.round(Scheme.of("int8_asymmetric", 32), new float[] {-20, 0, 250, 1000}, 1, 4, null);
        assertArrayEquals(new float[] {4}, q.scales());
        assertArrayEquals(new byte[] {5 - 128}, q.zeroPoints());
        // 250 / 4 = 62.5 rounds to the even 62, plus 5
        assertArrayEquals(new byte[] {-128, 5 - 128, 67 - 128, 127}, q.codes());
        assertArrayEquals(new float[] {-20, 0, 248, 1000}, q.dequantize());
    }

    @Test
    void givenGaussianWeights_whenQuantizedToEightBits_thenValuesAreThoseOfTheReference() {
        assertClose(ReferenceQuantizers.int8(GAUSSIAN, ROWS, COLUMNS), IntegerRounding.round(Scheme.of("w8a8", 32), GAUSSIAN, ROWS, COLUMNS, null));
        assertClose(ReferenceQuantizers.int8Asymmetric(GAUSSIAN, ROWS, COLUMNS), IntegerRounding.round(Scheme.of("w8a8_asymmetric", 32), GAUSSIAN, ROWS, COLUMNS, null));
    }

    /** A tie may round to either side in float32, so a hair of the values may differ by one code. */
    private static void assertClose(double[] expected, QuantizedMatrix actual) {
        float[] values = actual.dequantize();
        int differ = 0;
        for (int i = 0; i < values.length; i++) {
            float scale = actual.scales()[i / COLUMNS];
            assertEquals(expected[i], values[i], scale * 1.001);
            differ += Math.abs(expected[i] - values[i]) > 1e-5 ? 1 : 0;
        }
        assertTrue(differ < values.length / 1000, differ + " values differ");
    }

    @Test
    void givenGaussianWeights_whenQuantizedToFourBits_thenTheErrorIsCloseToTheBestOfAThousandScales() {
        double[] h = new double[32];
        Arrays.fill(h, 1);
        double best = 0;
        for (int first = 0; first < GAUSSIAN.length; first += 32) {
            best += ReferenceQuantizers.leastInt4Error(GAUSSIAN, first, 32, h);
        }
        double error = squaredError(GAUSSIAN, IntegerRounding.round(Scheme.of("int4", 32), GAUSSIAN, ROWS, COLUMNS, null).dequantize(), null);
        assertTrue(error < 1.03 * best, error + " against " + best);
    }

    /** Budgets: the errors of these formats on Gaussian weights, measured once, with a little room. */
    @Test
    void givenGaussianWeights_whenQuantized_thenEachFormatKeepsItsErrorBudget() {
        assertEquals(4.5e-5, relativeError("int8", 32), 1.5e-5);
        assertEquals(4.0e-5, relativeError("int8_asymmetric", 32), 1.5e-5);
        assertTrue(relativeError("int4", 32) < 0.0080, "" + relativeError("int4", 32));
        assertTrue(relativeError("int4", 128) < 0.0120, "" + relativeError("int4", 128));
        assertTrue(relativeError("int4", 32) < relativeError("int4", 128));
    }

    @Test
    void givenColumnsOfUnequalImportance_whenQuantizedToFourBits_thenTheWeighedErrorFalls() {
        float[] importance = new float[COLUMNS];
        for (int i = 0; i < COLUMNS; i++) {
            importance[i] = i % 8 == 0 ? 100 : 1;
        }
        double plain = squaredError(GAUSSIAN, IntegerRounding.round(Scheme.of("int4", 32), GAUSSIAN, ROWS, COLUMNS, null).dequantize(), importance);
        double weighed = squaredError(GAUSSIAN, IntegerRounding.round(Scheme.of("int4", 32), GAUSSIAN, ROWS, COLUMNS, importance).dequantize(), importance);
        assertTrue(weighed < 0.8 * plain, weighed + " against " + plain);
    }

    @Test
    void givenARowOfZeros_whenQuantized_thenItStaysZero() {
        for (String scheme : List.of("int8", "int8_asymmetric", "int4")) {
            assertArrayEquals(new float[32], IntegerRounding.round(Scheme.of(scheme, 32), new float[32], 1, 32, null).dequantize());
        }
    }

    /** 8 bits and per row of 128 a scale of 32 bits, or of 16 where activations are not rounded, and a zero point; int4: 4 bits and a 16-bit scale per 32. */
    @Test
    void givenAMatrix_whenQuantized_thenItsBitsPerWeightAreThoseByHand() {
        assertEquals(8 + 32 / 128.0, bitsPerWeight("w8a8"));
        assertEquals(8 + 16 / 128.0, bitsPerWeight("int8"));
        assertEquals(8 + 24 / 128.0, bitsPerWeight("int8_asymmetric"));
        assertEquals(4.5, bitsPerWeight("int4"));
    }

    @Test
    void givenAGroupSizeThatDoesNotDivide_whenQuantized_thenItIsRefused() {
        assertEquals("group_size", assertThrows(QuantizationFailed.class, () -> IntegerRounding.round(Scheme.of("int4", 64), new float[96], 1, 96, null)).code());
        assertEquals("unknown_scheme", assertThrows(QuantizationFailed.class, () -> Scheme.of("int2", 32)).code());
    }

    private static double bitsPerWeight(String scheme) {
        return IntegerRounding.round(Scheme.of(scheme, 32), GAUSSIAN, ROWS, COLUMNS, null).storedBits() / (double) GAUSSIAN.length;
    }

    private static double relativeError(String scheme, int groupSize) {
        double norm = 0;
        for (float w : GAUSSIAN) {
            norm += (double) w * w;
        }
        return squaredError(GAUSSIAN, IntegerRounding.round(Scheme.of(scheme, groupSize), GAUSSIAN, ROWS, COLUMNS, null).dequantize(), null) / norm;
    }

    private static double squaredError(float[] w, float[] q, float[] importance) {
        double error = 0;
        for (int i = 0; i < w.length; i++) {
            error += (importance == null ? 1 : importance[i % COLUMNS]) * Math.pow(w[i] - q[i], 2);
        }
        return error;
    }

    private static float[] gaussian(int n) {
        SplittableRandom random = new SplittableRandom(1);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
