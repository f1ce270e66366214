package dev.hone.ingest.feedback;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.v1.FeedbackGiven;
import dev.hone.v1.FeedbackMessage;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class SaidTest {
    private static final FeedbackGiven LIKED = FeedbackGiven.newBuilder().setModelName("support").setVerdict("good").setRating(5).addTags("short").setAnswer("Two years.").build();

    private static Said said(FeedbackGiven feedback) {
        return new Said("e1", Instant.EPOCH, feedback);
    }

    @Test
    void givenALikedAnswer_whenItsPromptIsUnknown_thenThereIsNothingToLearn() {
        assertFalse(said(LIKED).isConfirmation());
        assertFalse(said(LIKED).isCorrection());
    }

    @Test
    void givenALikedAnswer_whenItsPromptIsKnown_thenItConfirms() {
        assertTrue(said(LIKED.toBuilder().addPrompt(FeedbackMessage.newBuilder().setRole("user").setContent("How long?")).build()).isConfirmation());
    }
}
