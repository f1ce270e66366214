package dev.hone.llm.rounding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RangesTest {
    private static final int ROWS = 8;
    private static final int COLUMNS = 256;
    private static final float[] GAUSSIAN = gaussian(ROWS * COLUMNS, 1);
    private static final Grid INT8 = new Grid(8, true, ScaleType.F32, false);
    private static final Grid INT4 = new Grid(4, true, ScaleType.F32, false);
    private static final Grid UINT8 = new Grid(8, false, ScaleType.F32, false);

    static Stream<String> everyIntegerScheme() {
        return Stream.of("int8", "w8a8", "int8_asymmetric", "int4", "int4_asymmetric")
                .flatMap(type -> Stream.of("tensor", "channel", "g16", "g32", "g64", "g128").map(group -> type + "-" + group))
                .flatMap(scheme -> Stream.of("rtn", "percentile", "mse", "entropy").map(method -> scheme + "-" + method))
                .filter(scheme -> !scheme.endsWith("entropy") || scheme.contains("tensor") || scheme.contains("channel"));
    }

    static Stream<String> everySearch() {
        return everyIntegerScheme().filter(scheme -> scheme.endsWith("-mse"));
    }

    /** Every scheme loses less than a bound that its step would break if it were wrong by a factor of two; matrices of zeros stay so. */
    @ParameterizedTest
    @MethodSource("everyIntegerScheme")
    void givenAnyScheme_whenRounded_thenTheErrorIsThatOfItsBitsAndZerosStay(String label) {
        QuantizedMatrix matrix = round(label, GAUSSIAN, null);
        Scheme scheme = Scheme.of(label, 32);
        assertEquals(scheme.group() == Scheme.TENSOR ? 1 : ROWS * COLUMNS / scheme.groupOf(COLUMNS), matrix.scales().length);
        assertEquals(scheme.symmetric() ? 0 : matrix.scales().length, matrix.zeroPoints().length);
        double error = relative(GAUSSIAN, matrix);
        // 256 weights, or 2,048, are too few for a histogram of 2,048 bins: it clips what it should not
        double most = scheme.bits() == 4 ? 0.04 : label.endsWith("entropy") ? 1e-3 : 2e-4;
        assertTrue(error < most && error > (scheme.bits() == 8 ? 5e-6 : 0.002), label + ": " + error);
        assertArrayEquals(new float[ROWS * COLUMNS], round(label, new float[ROWS * COLUMNS], null).dequantize());
    }

    /** A row of one value is its own range: a code or half of one beside it at most. */
    @ParameterizedTest
    @MethodSource("everyIntegerScheme")
    void givenConstantRows_whenRounded_thenValuesAreWithinHalfACode(String label) {
        float[] constant = new float[ROWS * COLUMNS];
        for (int i = 0; i < constant.length; i++) {
            constant[i] = i / COLUMNS % 2 == 0 ? 0.3f : -0.7f;
        }
        QuantizedMatrix matrix = round(label, constant, null);
        float[] values = matrix.dequantize();
        for (int i = 0; i < values.length; i++) {
            // four symmetric bits reach 7 of 7.5 codes upwards; a scale in bf16 adds 2^-9 of the value
            assertEquals(constant[i], values[i], 0.501 * matrix.scales()[matrix.scaleOf(i / COLUMNS, i % COLUMNS)] + Math.abs(constant[i]) / 256, label);
        }
    }

    @ParameterizedTest
    @MethodSource("everySearch")
    void givenASearchForTheLeastError_whenRounded_thenItIsNeverAboveRoundingToNearest(String label) {
        double nearest = relative(GAUSSIAN, round(label.replace("-mse", "-rtn"), GAUSSIAN, null));
        double wholeTensor = relative(GAUSSIAN, round(label.replaceAll("-(channel|g\\d+|tensor)-mse", "-tensor-rtn"), GAUSSIAN, null));
        double searched = relative(GAUSSIAN, round(label, GAUSSIAN, null));
        assertTrue(searched <= nearest * (1 + 1e-5), searched + " against " + nearest);
        assertTrue(nearest <= wholeTensor * (1 + 1e-5), nearest + " against " + wholeTensor);
    }

    @ParameterizedTest
    @MethodSource("everySearch")
    void givenASearchForTheLeastError_whenRounded_thenItIsCloseToTheBestOfHundredsOfRanges(String label) {
        Scheme scheme = Scheme.of(label, 32);
        double[] h = new double[COLUMNS];
        float[] importance = new float[COLUMNS];
        for (int i = 0; i < COLUMNS; i++) {
            importance[i] = 1 + i % 7;
            h[i] = importance[i];
        }
        int group = scheme.group() == Scheme.TENSOR ? GAUSSIAN.length : scheme.groupOf(COLUMNS);
        double best = 0;
        for (int first = 0; first < GAUSSIAN.length; first += group) {
            double[] columns = group > COLUMNS ? h : Arrays.copyOfRange(h, first % COLUMNS, first % COLUMNS + group);
            best += ReferenceQuantizers.leastError(GAUSSIAN, first, group, columns, scheme.bits(), scheme.symmetric());
        }
        float[] values = round(label, GAUSSIAN, importance).dequantize();
        double error = 0;
        for (int i = 0; i < values.length; i++) {
            error += h[i % COLUMNS] * Math.pow(GAUSSIAN[i] - values[i], 2);
        }
        // with eight bits the best of hundreds is the luckiest, and bf16 holds few of them
        assertTrue(error < (scheme.bits() == 8 && scheme.group() > 0 ? 1.4 : 1.1) * best, label + ": " + error + " against " + best);
    }

    /** By hand: of 0, 0.001 … 10 the 99.99th percentile lies at rank 9999, 9.999, and the 99.9th at rank 9990, 9.99. */
    @Test
    void givenEvenlySpreadWeights_whenClippedByPercentile_thenTheRangeEndsAtTheRankByHand() {
        float[] w = new float[10001];
        for (int i = 0; i < w.length; i++) {
            w[i] = (i % 2 == 0 ? 1 : -1) * i / 1000f;
        }
        assertEquals(9.999 / 127, Percentile.OF_EIGHT_BITS.fit(INT8, w, 0, w.length, null, 0).scale(), 1e-7);
        assertEquals(9.99 / 7.5, Percentile.OF_FOUR_BITS.fit(INT4, w, 0, w.length, null, 0).scale(), 1e-6);
    }

    /** numpy 2 on the same weights: np.percentile(w, 0.1) = −0.9900398995876313, np.percentile(w, 99.9) = 0.9900398995876318, np.percentile(|w|, 99.9) = 0.9950129985809326. */
    @Test
    void givenWeightsBetweenRanks_whenClippedByPercentile_thenTheRangeIsNumpys() {
        float[] w = new float[10007];
        for (int i = 0; i < w.length; i++) {
            w[i] = (float) Math.pow((i * 7919L % 10007 - 5003) / 5003.0, 5);
        }
        Percentile percentile = new Percentile(0.999);
        assertEquals((0.9900398995876313 + 0.9900398995876318) / 255, percentile.fit(UINT8, w, 0, w.length, null, 0).scale(), 1e-9);
        assertEquals(0.9950129985809326 / 127, percentile.fit(INT8, w, 0, w.length, null, 0).scale(), 1e-9);
    }

    /** Matrices are ranked by the digits of their bits instead of being sorted. */
    @Test
    void givenManyWeights_whenRanked_thenRanksAreThoseOfTheSortedWeights() {
        float[] w = gaussian(70_000, 5);
        w[3] = -0f;
        float[] sorted = w.clone();
        Arrays.sort(sorted);
        float[] magnitudes = new float[w.length];
        for (int i = 0; i < w.length; i++) {
            magnitudes[i] = Math.abs(w[i]);
        }
        Arrays.sort(magnitudes);
        for (double share : new double[] {0, 0.001, 0.37, 0.5, 0.9999, 1}) {
            double rank = share * (w.length - 1);
            int below = (int) rank;
            int above = Math.min(below + 1, w.length - 1);
            assertEquals(sorted[below] + (sorted[above] - (double) sorted[below]) * (rank - below), Ranked.values(w, 0, w.length).at(share), 1e-9);
            assertEquals(magnitudes[below] + (magnitudes[above] - (double) magnitudes[below]) * (rank - below), Ranked.magnitudes(w, 0, w.length).at(share), 1e-9);
        }
    }

    @Test
    void givenOneHugeOutlier_whenRounded_thenOnlyRangesThatClipKeepTheRest() {
        float[] w = gaussian(80 * COLUMNS, 2);
        w[777] = 1000;
        for (String label : List.of("int4-tensor-percentile", "int4_asymmetric-tensor-percentile", "int8-tensor-percentile")) {
            assertTrue(errorWithout(777, w, round(label, w, null)) < 0.2, label + ": " + errorWithout(777, w, round(label, w, null)));
        }
        assertTrue(errorWithout(777, w, round("int4-tensor-rtn", w, null)) > 0.99);
        // a squared error of 1000² outweighs all the others together, so that the search gives them up
        assertTrue(relative(w, round("int4-tensor-mse", w, null)) <= relative(w, round("int4-tensor-rtn", w, null)));
        // in groups the others do not notice
        assertTrue(errorWithout(777, w, round("int4-g32-rtn", w, null)) < 0.02);
    }

    @Test
    void givenNearlyAllZeros_whenClippedByPercentile_thenTheFewOthersAreKept() {
        float[] w = new float[20_000];
        w[5] = 2;
        assertEquals(2 / 127f, Percentile.OF_EIGHT_BITS.fit(INT8, w, 0, w.length, null, 0).scale());
    }

    /**
     * numpy on the same weights, both distributions written out over 2,048 bins: divergences of 0.0032375 at 1024 bins with 128
     * levels and, over 128 bins, 0.0309495 at 9 bins with 8, of a largest magnitude of 50.012497.
     */
    @Test
    void givenWeightsWithLongTails_whenClippedByEntropy_thenThresholdsAreNumpys() {
        float[] w = new float[10007];
        for (int i = 0; i < w.length; i++) {
            double u = (i * 7919L % 10007 - 5003) / 5004.0;
            w[i] = (float) (u / Math.sqrt(1 - u * u));
        }
        LeastDivergence range = new LeastDivergence();
        assertEquals(50.012497 * 1024 / 2048 / 127, range.fit(INT8, w, 0, w.length, null, 0).scale(), 1e-6);
        assertEquals(50.012497 * 9 / 128 / 7.5, range.fit(INT4, w, 0, w.length, null, 0).scale(), 1e-6);
        assertEquals(50.012497 * 1024 / 2048 * 2 / 255, range.fit(UINT8, w, 0, w.length, null, 0).scale(), 1e-6);
    }

    /**
     * By hand, four levels: of 16 bins each level merges 100, 100, 50 and 50, which costs a divergence of 0.056; of the first 8
     * it merges equals, and only the one weight beyond is misplaced. With 400 beyond, half of a distribution would be misplaced.
     */
    @Test
    void givenFewBins_whenComparedByHand_thenEqualBinsAreMergedAndMassIsNotClipped() {
        long[] counts = {100, 100, 50, 50, 100, 100, 50, 50, 0, 0, 0, 0, 0, 0, 0, 1};
        assertEquals(8, LeastDivergence.keptBins(counts, 4));
        counts[15] = 400;
        assertEquals(16, LeastDivergence.keptBins(counts, 4));
    }

    @Test
    void givenRandomHistograms_whenCompared_thenBinsAreThoseOfTheDistributionsWrittenOut() {
        SplittableRandom random = new SplittableRandom(9);
        for (int n = 0; n < 40; n++) {
            long[] counts = new long[256];
            for (int i = 0; i < 4000; i++) {
                counts[(int) Math.min(255, Math.abs(random.nextGaussian()) * (20 + n * 3))]++;
            }
            for (int levels : new int[] {8, 128}) {
                assertEquals(ReferenceQuantizers.keptBins(counts, levels), LeastDivergence.keptBins(counts, levels), "histogram " + n);
            }
        }
    }

    @Test
    void givenMethodsThatCalibrateOrLearn_whenAskedForARange_thenItIsTheOneThatSuitsThem() {
        assertEquals(LeastError.OF_GROUPS, IntegerRounding.range(Scheme.of("int8-g32-gptq", 32)));
        assertEquals(new ScaleSearch(), IntegerRounding.range(Scheme.of("int4-g128-awq", 32)));
        assertEquals(LeastError.OF_MANY, IntegerRounding.range(Scheme.of("int4-channel-gptq", 32)));
        assertEquals(new MinMax(), IntegerRounding.range(Scheme.of("w8a8-smoothquant", 32)));
        assertEquals(new MinMax(), IntegerRounding.range(Scheme.of("int4-g32-qat", 32)));
    }

    @Test
    void givenAGroupThatDoesNotDivide_whenRequired_thenTheModuleIsNamed() {
        QuantizationFailed failed = assertThrows(QuantizationFailed.class, () -> IntegerRounding.requireDivides(Scheme.of("int4-g64", 32), "model.layers.3.mlp.down_proj.weight", 96));
        assertEquals("group_size", failed.code());
        assertTrue(failed.getMessage().contains("model.layers.3.mlp.down_proj.weight") && failed.getMessage().contains("96"), failed.getMessage());
    }

    private static QuantizedMatrix round(String label, float[] w, float[] importance) {
        return IntegerRounding.round(Scheme.of(label, 32), w, w.length / COLUMNS, COLUMNS, importance);
    }

    private static double relative(float[] w, QuantizedMatrix matrix) {
        return errorWithout(-1, w, matrix);
    }

    private static double errorWithout(int left, float[] w, QuantizedMatrix matrix) {
        float[] values = matrix.dequantize();
        double lost = 0;
        double norm = 0;
        for (int i = 0; i < w.length; i++) {
            lost += i == left ? 0 : Math.pow(w[i] - values[i], 2);
            norm += i == left ? 0 : Math.pow(w[i], 2);
        }
        return lost / norm;
    }

    private static float[] gaussian(int n, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
