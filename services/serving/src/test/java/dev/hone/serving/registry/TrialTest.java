package dev.hone.serving.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.v1.CanaryBounds;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TrialTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00.700Z");
    private static final CanaryBounds BOUNDS = CanaryBounds.newBuilder().setMinGoodShare(0.75).setMaxErrorRate(0.1).setMinSamples(4).build();

    private final Trial trial = new Trial("r2", BOUNDS, START);

    private void judge(int from, int to, boolean good) {
        for (int i = from; i < to; i++) {
            trial.judge("a" + i, START.plusSeconds(1), good);
        }
    }

    @Test
    void givenJustTheShareAsked_whenJudged_thenTheTrialGoesOn() {
        judge(0, 3, true);
        judge(3, 4, false);
        assertEquals(Optional.empty(), trial.failure());
    }

    @Test
    void givenLessThanTheShareAsked_whenEnoughAreJudged_thenTheSentenceHasTheNumbers() {
        judge(0, 2, false);
        judge(2, 3, true);
        assertEquals(Optional.empty(), trial.failure());

        judge(3, 4, true);
        assertEquals(Optional.of("Expected at least 0.75 of the judged answers of r2 to be good, found 2 of 4."), trial.failure());
    }

    @Test
    void givenAnAnswerJudgedTwice_whenCounted_thenTheLastWordCountsOnce() {
        judge(0, 4, false);
        judge(0, 4, true);
        assertEquals(Optional.empty(), trial.failure());
    }

    @Test
    void givenAnswersFromBeforeTheTrial_whenJudged_thenTheyDoNotCount() {
        for (int i = 0; i < 10; i++) {
            trial.judge("a" + i, START.minusSeconds(1), false);
        }
        assertEquals(Optional.empty(), trial.failure());
        // an id's time is in whole seconds: one from the trial's own second counts
        for (int i = 0; i < 4; i++) {
            trial.judge("b" + i, Instant.parse("2026-01-01T00:00:00Z"), false);
        }
        assertTrue(trial.failure().isPresent());
    }

    @Test
    void givenErrors_whenTheyAreMoreThanAllowed_thenTheTrialHasFailed() {
        for (int i = 0; i < 9; i++) {
            trial.answer(false);
        }
        trial.answer(true);
        assertEquals(Optional.empty(), trial.failure());

        trial.answer(true);
        assertEquals(Optional.of("Expected at most 0.1 of the answers of r2 to fail, found 2 of 11."), trial.failure());
    }

    @Test
    void givenNoBounds_whenEverythingIsBad_thenNobodyEndsTheTrial() {
        Trial patient = new Trial("r2", CanaryBounds.getDefaultInstance(), START);
        for (int i = 0; i < 100; i++) {
            patient.judge("a" + i, START, false);
            patient.answer(true);
        }
        assertEquals(Optional.empty(), patient.failure());
    }
}
