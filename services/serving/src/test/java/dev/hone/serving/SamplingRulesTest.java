package dev.hone.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.hone.v1.Sampling;
import java.util.List;
import org.junit.jupiter.api.Test;

class SamplingRulesTest {
    private final SamplingRules rules = new SamplingRules(1000);

    @Test
    void givenNothingAsked_whenFilledIn_thenTheAnswerIsGreedyAndOf256Tokens() {
        dev.hone.llm.generate.Sampling sampling = rules.of(Sampling.getDefaultInstance());

        assertEquals(0, sampling.temperature());
        assertEquals(0, sampling.topK());
        assertEquals(1, sampling.topP());
        assertEquals(256, sampling.maxTokens());
        assertEquals(List.of(), sampling.stop());
    }

    @Test
    void givenMoreTokensThanAllowed_whenFilledIn_thenTheServicesBoundHolds() {
        assertEquals(1000, rules.of(Sampling.newBuilder().setMaxTokens(5000).build()).maxTokens());
    }

    @Test
    void givenNoSeed_whenFilledInTwice_thenSeedsDiffer() {
        assertNotEquals(rules.of(Sampling.getDefaultInstance()).seed(), rules.of(Sampling.getDefaultInstance()).seed());
        assertEquals(7, rules.of(Sampling.newBuilder().setSeed(7).build()).seed());
    }
}
