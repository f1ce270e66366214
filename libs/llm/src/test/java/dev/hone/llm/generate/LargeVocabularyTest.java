package dev.hone.llm.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LargeVocabularyTest {
    private static float[] random(int count, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            // with ties, both zeros and a minus infinity among them
            values[i] = random.nextInt(9) == 0 ? random.nextInt(3) - 1 : (float) (random.nextGaussian() * 5);
        }
        values[count / 2] = -0f;
        values[count / 3] = Float.NEGATIVE_INFINITY;
        return values;
    }

    @Test
    void givenNumbers_whenExponentiated_thenTheyAreThoseOfTheMathLibrary() {
        float[] x = random(5000, 1);
        float[] e = new float[x.length];
        Exponentials.exp(x, x.length, 30, 0.7f, e);

        for (int i = 0; i < x.length; i++) {
            double exact = Math.exp((double) ((x[i] - 30) * 0.7f));
            assertEquals(exact, e[i], 2.5e-7 * exact, "exp of " + (x[i] - 30) * 0.7f);
        }
    }

    @Test
    void givenVectorsAndSingleNumbers_whenExponentiated_thenTheBitsAreTheSame() {
        float[] x = random(1003, 2);
        float[] e = new float[x.length];
        Exponentials.exp(x, x.length, 25, 1.3f, e);

        for (int i = 0; i < x.length; i++) {
            assertEquals(Exponentials.exp((x[i] - 25) * 1.3f), e[i]);
        }
    }

    @Test
    void givenTheEndsOfTheRange_whenExponentiated_thenTheyAreOneAndZero() {
        assertEquals(1, Exponentials.exp(0f));
        assertEquals(0, Exponentials.exp(-88f));
        assertEquals(0, Exponentials.exp(Float.NEGATIVE_INFINITY));
        assertEquals(Math.exp(-86.9), Exponentials.exp(-86.9f), 1e-43);
    }

    @Test
    void givenRandomNumbers_whenTheLargestAreSought_thenTheyAreThoseOfASort() {
        for (int round = 0; round < 200; round++) {
            float[] x = random(1 + 2 + round * 17, round);
            int count = 1 + round % 60;
            int[] sorted = IntStream.range(0, x.length).boxed().sorted(Comparator.comparingDouble((Integer i) -> -(x[i] + 0f)).thenComparing(i -> i)).mapToInt(i -> i).toArray();

            assertEquals(sorted[0], Largest.index(x));
            assertArrayEquals(Arrays.copyOf(sorted, Math.min(count, x.length)), Largest.indices(x, count));
            assertArrayEquals(Arrays.stream(sorted).filter(i -> x[i] >= 1).toArray(), Largest.atLeast(x, 1));
        }
    }

    @Test
    void givenNaN_whenTheLargestIsSought_thenASentenceSaysSo() {
        float[] x = random(3000, 4);
        x[2500] = Float.NaN;

        assertTrue(assertThrows(IllegalStateException.class, () -> Largest.index(x)).getMessage().contains("NaN"));
    }

    @Test
    void givenLogits_whenTheirLogprobsAreAsked_thenTheyAreTorchsLogSoftmax() {
        // torch 2.7.1 log_softmax in double of the values of LogitRulesTest
        float[] logits = {-0.23f, 1.08f, -2.346f, 0.215f, 1.995f, -0.86f, 4.862f, -4.79f, -0.155f, -0.918f, 0.746f, -0.668f, 2.739f, 0.613f, 1.722f, 1.249f};
        Logprobs logprobs = new Logprobs(logits);

        assertEquals(-0.2879221, logprobs.of(6), 2e-7);
        assertEquals(-9.93992205, logprobs.of(7), 1e-6);
        assertArrayEquals(new int[] {6, 12, 4}, logprobs.likeliest(3));
    }

    @Test
    void givenAWholeVocabulary_whenDrawingOften_thenEveryBlockComesAsOftenAsItWeighs() {
        int size = 5000;
        float[] logits = new float[size];
        Arrays.fill(logits, 3000, 4000, (float) Math.log(4));
        TokenSampler sampler = new TokenSampler(new Sampling(1, 0, 1, 8, 1, List.of()), new int[0]);
        double[] thousands = new double[5];
        for (int i = 0; i < 20_000; i++) {
            thousands[sampler.next(logits) / 1000] += 1.0 / 20_000;
        }

        // by hand: one thousand weighs four times as much as each of the four others; standard deviation at most 0.0036
        assertArrayEquals(new double[] {0.125, 0.125, 0.125, 0.5, 0.125}, thousands, 0.018);
    }
}
