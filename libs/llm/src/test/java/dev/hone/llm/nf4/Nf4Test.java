package dev.hone.llm.nf4;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class Nf4Test {
    /** Dettmers et al. 2023, arXiv:2305.14314, appendix E, as printed. */
    private static final double[] PAPER = {
        -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0,
        0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0
    };

    @Test
    void givenTheTable_whenRead_thenItIsThePapers() {
        float[] values = Nf4.values();
        for (int i = 0; i < 16; i++) {
            assertEquals(PAPER[i], values[i], 1e-9);
        }
    }

    @Test
    void givenTheTable_whenDerivedFromTheNormalDistribution_thenItIsTheQuantilesOfThePapersFormula() {
        // bitsandbytes create_normal_map(offset=0.9677083): 8 quantiles of the upper half, 7 of the lower, zero between, scaled to 1
        double offset = 0.9677083;
        double top = inverseNormal(offset);
        float[] values = Nf4.values();
        for (int i = 0; i < 8; i++) {
            assertEquals(inverseNormal(offset + (0.5 - offset) * i / 8) / top, values[15 - i], 1e-6);
        }
        for (int i = 0; i < 7; i++) {
            assertEquals(-inverseNormal(offset + (0.5 - offset) * i / 7) / top, values[i], 1e-6);
        }
        assertEquals(0f, values[7]);
    }

    /** By bisection of the distribution function, itself by Simpson's rule: slow and obvious. */
    private static double inverseNormal(double p) {
        double low = -6;
        double high = 6;
        for (int i = 0; i < 60; i++) {
            double middle = (low + high) / 2;
            if (normal(middle) < p) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return (low + high) / 2;
    }

    private static double normal(double x) {
        int n = 2000;
        double sum = 0;
        for (int i = 0; i <= n; i++) {
            double t = x * i / n;
            sum += (i == 0 || i == n ? 1 : i % 2 == 1 ? 4 : 2) * Math.exp(-t * t / 2);
        }
        return 0.5 + sum * x / n / 3 / Math.sqrt(2 * Math.PI);
    }

    @Test
    void givenTheDynamicMap_whenRead_thenItHasTheValuesOfBitsandbytes() {
        float[] map = Nf4.absmaxMap();
        assertEquals(256, map.length);
        // bitsandbytes 0.45, create_dynamic_map(): extremes, neighbours of zero, the last decade's step 0.9 / 64
        assertEquals(1f, map[255]);
        assertEquals(0.1 + 0.9 * 63.5 / 64, map[254], 1e-7);
        assertEquals(-(0.1 + 0.9 * 63.5 / 64), map[0], 1e-7);
        assertEquals(0f, map[127]);
        assertEquals(5.5e-7, map[128], 1e-12);
        assertEquals(-5.5e-7, map[126], 1e-12);
    }

    @Test
    void givenWeights_whenQuantized_thenEveryCodeIsTheNearestInDoublePrecision() {
        float[] weights = normal(128 * 64, 3);
        Nf4Matrix matrix = Nf4.quantize(weights, 128, 64);
        for (int i = 0; i < weights.length; i++) {
            double max = 0;
            for (int j = i / 64 * 64; j < i / 64 * 64 + 64; j++) {
                max = Math.max(max, Math.abs((double) weights[j]));
            }
            int code = i % 2 == 0 ? (matrix.codes()[i / 2] >> 4) & 0xF : matrix.codes()[i / 2] & 0xF;
            double chosen = Math.abs(weights[i] / max - PAPER[code]);
            for (double value : PAPER) {
                assertTrue(chosen <= Math.abs(weights[i] / max - value) + 1e-7, "weight " + i + " is nearer to " + value);
            }
        }
    }

    @Test
    void givenNormalWeights_whenRoundTripped_thenTheErrorIsWithinNf4sBudget() {
        float[] weights = normal(1 << 16, 5);
        float[] back = Nf4.roundTrip(weights, 256, 256);
        double error = 0;
        double signal = 0;
        for (int i = 0; i < weights.length; i++) {
            error += Math.pow(weights[i] - back[i], 2);
            signal += Math.pow(weights[i], 2);
        }
        // normal weights in blocks of 64 lose 9 to 10 % of their norm; a wrong table or scale loses far more
        assertEquals(0.096, Math.sqrt(error / signal), 0.006);
    }

    @Test
    void givenAMatrix_whenStored_thenItTakesFourBitsAndTheDoubleQuantizationsEighth() {
        Nf4Matrix matrix = Nf4.quantize(normal(1 << 20, 1), 1024, 1024);
        // QLoRA section 3: 8/64 + 32/(64 * 256) = 0.127 bits a weight for the maxima, instead of 32/64 = 0.5
        assertEquals(4 + 0.127, 8.0 * matrix.bytes() / (1 << 20), 0.0005);
    }

    @Test
    void givenABlockOfZeros_whenRoundTripped_thenItStaysZero() {
        float[] weights = normal(256, 1);
        java.util.Arrays.fill(weights, 64, 128, 0f);
        float[] back = Nf4.roundTrip(weights, 4, 64);
        assertArrayEquals(new float[64], java.util.Arrays.copyOfRange(back, 64, 128));
    }

    @Test
    void givenAMatrixThatDoesNotDivide_whenQuantized_thenTheErrorSaysWhatToDo() {
        Exception e = assertThrows(IllegalArgumentException.class, () -> Nf4.quantize(new float[30], 3, 10));
        assertTrue(e.getMessage().contains("3 x 10") && e.getMessage().contains("method lora"), e.getMessage());
    }

    @Test
    void givenPiecesInAnyOrder_whenQuantized_thenTheMatrixIsThatOfTheWhole() {
        float[] weights = normal(512 * 64, 11);
        Nf4Pieces pieces = new Nf4Pieces(512, 64);
        for (int first : new int[] {192 * 64, 0, 64 * 64}) {
            int end = first == 192 * 64 ? 512 * 64 : first == 0 ? 64 * 64 : 192 * 64;
            pieces.put(first, java.util.Arrays.copyOfRange(weights, first, end));
        }
        Nf4Matrix whole = Nf4.quantize(weights, 512, 64);
        Nf4Matrix put = pieces.matrix();
        assertArrayEquals(whole.codes(), put.codes());
        assertArrayEquals(whole.absmax(), put.absmax());
        assertArrayEquals(whole.scales(), put.scales());
        float[] some = new float[100];
        put.dequantize(777, some);
        assertArrayEquals(java.util.Arrays.copyOfRange(whole.dequantize(), 777, 877), some);
    }

    @Test
    void givenAPieceThatCutsABlock_whenPut_thenItIsRefused() {
        Nf4Pieces pieces = new Nf4Pieces(2, 64);
        assertThrows(IllegalArgumentException.class, () -> pieces.put(32, new float[64]));
        assertThrows(IllegalArgumentException.class, () -> pieces.put(0, new float[65]));
        assertThrows(IllegalArgumentException.class, () -> pieces.put(0, new float[] {Float.NaN}));
    }

    private static float[] normal(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (0.02 * random.nextGaussian());
        }
        return values;
    }
}
