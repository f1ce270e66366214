package dev.hone.llm.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TokenSamplerTest {
    /** exp of these is 1, 2, 3, 4 up to a common factor: probabilities 0.1, 0.2, 0.3, 0.4. */
    private static final float[] TENTHS = {0f, (float) Math.log(2), (float) Math.log(3), (float) Math.log(4)};

    private static Sampling sampling(double temperature, int topK, double topP, long seed) {
        return new Sampling(temperature, topK, topP, seed, 1, List.of());
    }

    private static double[] frequencies(float[] logits, Sampling sampling, int draws) {
        TokenSampler sampler = new TokenSampler(sampling, new int[0]);
        double[] counts = new double[logits.length];
        for (int i = 0; i < draws; i++) {
            counts[sampler.next(logits)] += 1.0 / draws;
        }
        return counts;
    }

    @Test
    void givenTemperatureZero_whenDrawing_thenTheLikeliestComesAndTiesGoToTheLowerId() {
        assertEquals(1, new TokenSampler(Sampling.greedy(1), new int[0]).next(new float[] {0, 5, 5, 1}));
    }

    @Test
    void givenKnownProbabilities_whenDrawingOften_thenFrequenciesAreThese() {
        // by hand: softmax of ln 1 .. ln 4; the standard deviation of a frequency over 100,000 draws is below 0.0016
        assertArrayEquals(new double[] {0.1, 0.2, 0.3, 0.4}, frequencies(TENTHS, sampling(1, 0, 1, 1), 100_000), 0.008);
    }

    @Test
    void givenTemperatureOneHalf_whenDrawingOften_thenProbabilitiesAreSquared() {
        // by hand: p^2 normalised, 1, 4, 9 and 16 of 30
        assertArrayEquals(new double[] {1 / 30.0, 4 / 30.0, 9 / 30.0, 16 / 30.0}, frequencies(TENTHS, sampling(0.5, 0, 1, 2), 100_000), 0.008);
    }

    @Test
    void givenTopTwo_whenDrawingOften_thenOnlyTheTwoLikeliestCome() {
        // by hand: 3 and 4 of 7
        assertArrayEquals(new double[] {0, 0, 3 / 7.0, 4 / 7.0}, frequencies(TENTHS, sampling(1, 2, 1, 3), 100_000), 0.008);
    }

    @Test
    void givenTopP_whenDrawingOften_thenTheSmallestSetThatReachesItIsDrawnFrom() {
        // by hand: 0.4 < 0.65 <= 0.4 + 0.3, so two tokens stay
        assertArrayEquals(new double[] {0, 0, 3 / 7.0, 4 / 7.0}, frequencies(TENTHS, sampling(1, 0, 0.65, 4), 100_000), 0.008);
    }

    @Test
    void givenTopKBeforeTopP_whenDrawing_thenTopPCountsWithinTopK() {
        // by hand: of the top three, 4/9 + 3/9 = 0.78 reaches 0.75 where 0.4 + 0.3 would not
        assertArrayEquals(new int[] {3, 2}, nucleus(TENTHS, sampling(1, 3, 0.75, 5)));
    }

    @Test
    void givenATinyTopP_whenDrawing_thenTheLikeliestStays() {
        assertArrayEquals(new int[] {0}, nucleus(new float[] {1, 1, 1, 1}, sampling(1, 0, 1e-9, 6)));
    }

    @Test
    void givenRandomLogits_whenKeepingTopKAndTopP_thenTheSetIsThatOfASlowReference() {
        Random random = new Random(11);
        for (int round = 0; round < 500; round++) {
            float[] logits = new float[1 + random.nextInt(300)];
            for (int i = 0; i < logits.length; i++) {
                logits[i] = (float) (random.nextGaussian() * 3);
            }
            Sampling sampling = sampling(0.1 + random.nextDouble() * 2, random.nextInt(40), 1 - random.nextDouble() * 0.999, 0);
            assertArrayEquals(slowNucleus(logits, sampling), nucleus(logits, sampling), sampling::toString);
        }
    }

    private static int[] nucleus(float[] logits, Sampling sampling) {
        return new TokenSampler(sampling, new int[0]).candidates(logits);
    }

    /** The definition, step by step: softmax, sort all, cut to k, normalise, add up to p. */
    private static int[] slowNucleus(float[] logits, Sampling sampling) {
        double denominator = IntStream.range(0, logits.length).mapToDouble(i -> Math.exp(logits[i] / sampling.temperature())).sum();
        List<Integer> ids = new ArrayList<>(IntStream.range(0, logits.length).boxed().toList());
        ids.sort(Comparator.comparingDouble(i -> -logits[i]));
        if (sampling.topK() > 0) {
            ids = ids.subList(0, Math.min(sampling.topK(), ids.size()));
        }
        double kept = ids.stream().mapToDouble(i -> Math.exp(logits[i] / sampling.temperature()) / denominator).sum();
        double reached = 0;
        List<Integer> nucleus = new ArrayList<>();
        for (int id : ids) {
            if (reached >= sampling.topP()) {
                break;
            }
            nucleus.add(id);
            reached += Math.exp(logits[id] / sampling.temperature()) / denominator / kept;
        }
        return nucleus.stream().mapToInt(Integer::intValue).toArray();
    }

    @Test
    void givenTheSameSeed_whenDrawingTwice_thenTheSameTokensComeAndAnotherSeedGivesOthers() {
        assertEquals(drawn(9), drawn(9));
        assertTrue(!drawn(9).equals(drawn(10)));
    }

    private static List<Integer> drawn(long seed) {
        TokenSampler sampler = new TokenSampler(sampling(1, 0, 0.9, seed), new int[0]);
        return IntStream.range(0, 50).map(i -> sampler.next(TENTHS)).boxed().toList();
    }

    @Test
    void givenImpossibleSampling_whenMade_thenASentenceSaysWhatWasExpected() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> sampling(-1, 0, 1, 0)).getMessage().contains("temperature"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> sampling(Double.NaN, 0, 1, 0)).getMessage().contains("temperature"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> sampling(1, -1, 1, 0)).getMessage().contains("top_k"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> sampling(1, 0, 0, 0)).getMessage().contains("top_p"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> new Sampling(0, 0, 1, 0, 1, List.of(""))).getMessage().contains("stop"));
    }
}
