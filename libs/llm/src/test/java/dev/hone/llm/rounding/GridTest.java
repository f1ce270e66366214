package dev.hone.llm.rounding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class GridTest {
    private static final Grid UINT8 = new Grid(8, false, ScaleType.F32, false);
    private static final Grid UINT4 = new Grid(4, false, ScaleType.F32, false);
    private static final Grid INT8 = new Grid(8, true, ScaleType.F32, false);
    private static final Grid INT4 = new Grid(4, true, ScaleType.F32, false);

    /** The lecture notes' first example: the range [0, 1000] to uint8. */
    @Test
    void givenZeroToThousand_whenMappedToEightBits_thenTheScaleIs3_92And250Becomes64() {
        Fit fit = UINT8.over(0, 1000);
        assertEquals(3.92, fit.scale(), 0.005);
        assertEquals(0, unsigned(8, fit.zero()));
        assertEquals(64, unsigned(8, UINT8.code(250, fit)));
        assertEquals(255, unsigned(8, UINT8.code(1000, fit)));
        assertEquals(0, unsigned(8, UINT8.code(0, fit)));
    }

    /** The lecture notes' second example: the range [-20, 1000] to uint8. */
    @Test
    void givenMinusTwentyToThousand_whenMappedToEightBits_thenTheScaleIs4AndTheZeroPoint5() {
        Fit fit = UINT8.over(-20, 1000);
        assertEquals(4.0f, fit.scale());
        assertEquals(5, unsigned(8, fit.zero()));
        assertEquals(0, unsigned(8, UINT8.code(-20, fit)));
        assertEquals(5, unsigned(8, UINT8.code(0, fit)));
        assertEquals(0f, fit.value(fit.zero()));
        assertEquals(255, unsigned(8, UINT8.code(1000, fit)));
    }

    /** By hand: (10 + 5) / 15 = 1 and 5 / 1 = 5; 2.5 is a tie, which goes to the even 2, plus 5. */
    @Test
    void givenMinusFiveToTen_whenMappedToFourBits_thenTheScaleIs1AndTheZeroPoint5() {
        Fit fit = UINT4.over(-5, 10);
        assertEquals(new Fit(1, 5 - 8), fit);
        assertEquals(List.of(0, 5, 7, 9, 15, 15), List.of(-5f, 0f, 2.5f, 3.5f, 10f, 99f).stream().map(w -> unsigned(4, UINT4.code(w, fit))).toList());
    }

    /** By hand, as torchao and compressed-tensors divide: 15 / 7.5 = 2; the largest, 7.5 codes, is clamped to 7. */
    @Test
    void givenFourBitsWithoutAZeroPoint_whenMapped_thenTheLargestMagnitudeIsSevenAndAHalfCodes() {
        Fit fit = INT4.over(-3, 15);
        assertEquals(new Fit(2, 0), fit);
        assertEquals(List.of(7, -8, -2, 2, 0), List.of(15f, -15f, -3f, 5f, 1f).stream().map(w -> INT4.code(w, fit)).toList());
        assertEquals(new Fit(0.02f, 0), INT8.over(-2.54f, 1));
        assertEquals(-127, INT8.code(-9, new Fit(0.02f, 0)));
    }

    @Test
    void givenARangeThatLacksZero_whenMapped_thenZeroStillHasACode() {
        assertEquals(new Fit(4, -128), UINT8.over(510, 1020));
        assertEquals(new Fit(2, 127), UINT8.over(-510, -100));
    }

    @Test
    void givenOnlyZeros_whenMapped_thenTheyStayZero() {
        Fit fit = UINT8.over(0, 0);
        assertEquals(0f, fit.value(UINT8.code(0, fit)));
    }

    /** Scales are what the file holds: 1000 / 255 = 3.9216 lies between the bf16 values 3.90625 and 3.921875; 0.1 in f16 is 0.0999756. */
    @Test
    void givenShorterScales_whenMapped_thenTheyAreRoundedBeforeCodesAreChosen() {
        assertEquals(3.921875f, new Grid(8, false, ScaleType.BF16, false).over(0, 1000).scale());
        assertEquals(0.099975586f, new Grid(4, true, ScaleType.F16, false).scaled(0.1f).scale());
        assertEquals(65504f, ScaleType.F16.round(1e9f));
        assertEquals(0f, ScaleType.F16.round(1e-9f));
    }

    /** Rows are coded in another form than single weights, which has to give the same codes. */
    @Test
    void givenRows_whenCodedTogether_thenCodesAreThoseOfSingleWeights() {
        SplittableRandom random = new SplittableRandom(3);
        for (Grid grid : List.of(UINT8, UINT4, INT8, INT4, new Grid(4, true, ScaleType.BF16, true))) {
            float[] row = new float[64];
            for (int i = 0; i < row.length; i++) {
                // steps of a quarter meet ties, and every fifteenth is far outside
                row[i] = Math.round(random.nextGaussian() * 20) / 4f * (i % 15 == 0 ? 1e12f : 1);
            }
            Fit fit = grid.over(-4, 6);
            QuantizedMatrix matrix = QuantizedMatrix.empty(grid, 1, 64, 64, fit);
            new RowRounding(grid, null, fit, null, 64, 64).round(row, 0, 1, matrix, 0);
            for (int i = 0; i < row.length; i++) {
                assertEquals(grid.code(row[i], fit), matrix.codes()[i], row[i] + " on " + grid);
            }
        }
    }

    @Test
    void givenDamagedWeights_whenFitted_thenTheyAreRefused() {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            for (Grid grid : List.of(INT4, UINT8)) {
                assertEquals("not_finite", assertThrows(QuantizationFailed.class, () -> new MinMax().fit(grid, new float[] {1, bad, 0}, 0, 3, null, 0)).code());
            }
        }
        assertThrows(IllegalArgumentException.class, () -> new Grid(5, true, ScaleType.F32, false));
    }

    private static int unsigned(int bits, int code) {
        return code + (1 << bits - 1);
    }
}
