package dev.hone.llm.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LogitRulesTest {
    /** torch.manual_seed(3); torch.randn(16) * 3, rounded to three places. */
    private static final float[] LOGITS = {-0.23f, 1.08f, -2.346f, 0.215f, 1.995f, -0.86f, 4.862f, -4.79f, -0.155f, -0.918f, 0.746f, -0.668f, 2.739f, 0.613f, 1.722f, 1.249f};
    private static final int[] BEFORE = {2, 5, 5, 9, 7, 7, 2};
    private static final Map<Integer, Double> BIAS = Map.of(3, 1.5, 9, -2.0);

    private static Sampling sampling(double temperature, int topK, double topP, double minP) {
        return new Sampling(temperature, topK, topP, minP, new Penalties(1.3, 0, 0), BIAS, 17, 1, List.of());
    }

    @Test
    void givenBiasAndRepetitionPenalty_whenApplied_thenLogitsAreThoseOfTransformers() {
        // transformers 4.57.6: SequenceBiasLogitsProcessor, then RepetitionPenaltyLogitsProcessor(1.3)
        float[] expected = {-0.23f, 1.08f, -3.0498f, 1.715f, 1.995f, -1.118f, 4.862f, -6.227f, -0.155f, -3.7934f, 0.746f, -0.668f, 2.739f, 0.613f, 1.722f, 1.249f};

        assertArrayEquals(expected, new LogitRules(sampling(0, 0, 1, 0), BEFORE).apply(LOGITS, null), 1e-6f);
    }

    @Test
    void givenPositiveLogitsThatWereThere_whenPenalised_thenTheyAreDivided() {
        Sampling sampling = new Sampling(0, 0, 1, 0, new Penalties(2, 0, 0), Map.of(), 0, 1, List.of());

        assertArrayEquals(new float[] {1, 3, -2, 0}, new LogitRules(sampling, new int[] {0, 2, 3}).apply(new float[] {2, 3, -1, 0}, null));
    }

    @Test
    void givenPresenceAndFrequencyPenalty_whenApplied_thenOnlyTheAnswersTokensCountAndEachTime() {
        // OpenAI's formula, by hand: logit - count * frequency - (count > 0) * presence
        LogitRules rules = new LogitRules(new Sampling(0, 0, 1, 0, new Penalties(1, 0.25, 0.5), Map.of(), 0, 1, List.of()), new int[] {0, 0});
        rules.chosen(2);
        rules.chosen(2);
        rules.chosen(1);

        assertArrayEquals(new float[] {1, 1 - 0.5f - 0.25f, 1 - 1 - 0.25f, 1}, rules.apply(new float[] {1, 1, 1, 1}, null));
    }

    @Test
    void givenManyDifferentTokens_whenPenalised_thenEachIsCounted() {
        LogitRules rules = new LogitRules(new Sampling(0, 0, 1, 0, new Penalties(1, 0, 1), Map.of(), 0, 1, List.of()), new int[] {0});
        IntStream.range(0, 100).forEach(rules::chosen);
        IntStream.range(50, 100).forEach(rules::chosen);
        float[] penalised = rules.apply(new float[101], null);

        assertEquals(-1, penalised[49]);
        assertEquals(-2, penalised[50]);
        assertEquals(-2, penalised[99]);
        assertEquals(0, penalised[100]);
    }

    @Test
    void givenNoRules_whenApplied_thenNothingIsCopied() {
        assertSame(LOGITS, new LogitRules(Sampling.greedy(1), BEFORE).apply(LOGITS, null));
    }

    @Test
    void givenRules_whenApplied_thenTheLogitsThemselvesStay() {
        float[] logits = LOGITS.clone();
        new LogitRules(sampling(0, 0, 1, 0), BEFORE).apply(logits, null);

        assertArrayEquals(LOGITS, logits);
    }

    @Test
    void givenAConstraint_whenDrawing_thenOnlyAllowedTokensComeHoweverUnlikely() {
        BitSet allowed = new BitSet();
        allowed.set(2);
        allowed.set(7);
        allowed.set(400);
        TokenSampler greedy = new TokenSampler(Sampling.greedy(1), new int[0]);
        TokenSampler hot = new TokenSampler(new Sampling(50, 0, 1, 3, 1, List.of()), new int[0]);

        assertEquals(2, greedy.next(LOGITS, allowed));
        assertArrayEquals(new int[] {2, 7}, IntStream.range(0, 200).map(i -> hot.next(LOGITS, allowed)).distinct().sorted().toArray());
    }

    @Test
    void givenAConstraintThatAllowsNothing_whenDrawing_thenASentenceSaysSo() {
        assertTrue(assertThrows(IllegalStateException.class, () -> new TokenSampler(Sampling.greedy(1), new int[0]).next(LOGITS, new BitSet())).getMessage().contains("constraint"));
    }

    @Test
    void givenABiasOutsideTheVocabulary_whenDrawing_thenASentenceSaysSo() {
        Sampling sampling = new Sampling(0, 0, 1, 0, Penalties.NONE, Map.of(16, 1.0), 0, 1, List.of());

        assertTrue(assertThrows(IllegalArgumentException.class, () -> new TokenSampler(sampling, new int[0]).next(LOGITS)).getMessage().contains("logit_bias"));
    }

    @Test
    void givenEverything_whenDrawingOften_thenFrequenciesAreTransformersProbabilities() {
        // transformers 4.57.6: the two processors above, then Temperature, TopK, TopP and MinP warpers, softmax
        assertDrawn(sampling(0.8, 6, 0.9, 0), Map.of(6, 0.934242, 12, 0.065758));
        assertDrawn(sampling(0.8, 0, 0.95, 0), Map.of(6, 0.894534, 12, 0.062963, 4, 0.024842, 14, 0.01766));
        assertDrawn(sampling(1.7, 0, 1, 0.1), Map.of(6, 0.496459, 12, 0.142405, 4, 0.09193, 14, 0.078292, 3, 0.07797, 15, 0.059276, 1, 0.053667));
        assertDrawn(sampling(1.7, 10, 0.99, 0.05), Map.of(6, 0.446929, 12, 0.128198, 4, 0.082759, 14, 0.070481, 3, 0.070191, 15, 0.053362, 1, 0.048313, 10, 0.039695, 13, 0.036708, 8, 0.023365));
    }

    private static void assertDrawn(Sampling sampling, Map<Integer, Double> expected) {
        int draws = 10_000;
        double[] counts = new double[LOGITS.length];
        for (int i = 0; i < draws; i++) {
            Sampling once = new Sampling(sampling.temperature(), sampling.topK(), sampling.topP(), sampling.minP(), sampling.penalties(), BIAS, i, 1, List.of());
            counts[new TokenSampler(once, BEFORE).next(LOGITS)] += 1.0 / draws;
        }
        // the standard deviation of a frequency over 10,000 draws is at most 0.005
        for (int id = 0; id < counts.length; id++) {
            assertEquals(expected.getOrDefault(id, 0.0), counts[id], expected.containsKey(id) ? 0.025 : 0, "token " + id);
        }
    }
}
