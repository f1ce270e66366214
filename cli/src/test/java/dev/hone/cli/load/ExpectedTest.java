package dev.hone.cli.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.v1.FinishReason;
import dev.hone.v1.GenerateReply;
import dev.hone.v1.Usage;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ExpectedTest {
    private static final Prompt PROMPT = Prompt.some(1).getFirst();
    private final Expected expected = new Expected();

    ExpectedTest() {
        expected.learn("r1", PROMPT, List.of(piece("Two ", 0, FinishReason.FINISH_REASON_UNSPECIFIED), piece("years.", 5, FinishReason.FINISH_REASON_STOP)).iterator());
        expected.learn("r2", PROMPT, List.of(piece("Two weeks caf\u00e9 and", 8, FinishReason.FINISH_REASON_LENGTH)).iterator());
    }

    private static GenerateReply piece(String text, int tokens, FinishReason finish) {
        return GenerateReply.newBuilder().setText(text).setFinishReason(finish).setUsage(Usage.newBuilder().setCompletionTokens(tokens)).build();
    }

    private Optional<String> fault(String revision, String text, int tokens, FinishReason finish, int maxTokens) {
        return expected.fault(revision, PROMPT, text, Optional.of(piece("", tokens, finish)), maxTokens);
    }

    @Test
    void givenWhatTheRevisionAloneGives_whenCompared_thenItIsNoFault() {
        assertEquals(Optional.empty(), fault("r1", "Two years.", 5, FinishReason.FINISH_REASON_STOP, 8));
        assertEquals(Optional.empty(), fault("r1", "Two ye", 2, FinishReason.FINISH_REASON_LENGTH, 2));
        assertEquals(Optional.empty(), fault("r2", "Two weeks caf\uFFFD", 4, FinishReason.FINISH_REASON_LENGTH, 4));
        assertEquals(Optional.empty(), expected.fault("r2", PROMPT, "Two w", Optional.empty(), 8));
    }

    @Test
    void givenAnotherRevisionsText_whenCompared_thenItIsAFault() {
        assertTrue(fault("r1", "Two weeks", 3, FinishReason.FINISH_REASON_LENGTH, 3).orElseThrow().contains("r1 alone answers otherwise"));
        assertTrue(expected.fault("r2", PROMPT, "Two y", Optional.empty(), 8).isPresent());
        assertTrue(fault("r3", "Two", 1, FinishReason.FINISH_REASON_LENGTH, 1).orElseThrow().contains("none that was deployed"));
    }

    @Test
    void givenAnAnswerThatEndsTooSoon_whenCompared_thenItIsAFault() {
        assertTrue(fault("r1", "Two ", 2, FinishReason.FINISH_REASON_STOP, 8).isPresent());
        assertTrue(fault("r2", "Two", 1, FinishReason.FINISH_REASON_LENGTH, 4).isPresent());
    }

    @Test
    void givenRevisionsWithOtherAnswers_whenAsked_thenTheyCanBeToldApart() {
        assertTrue(expected.tellsApart("r1", "r2"));
        assertFalse(expected.tellsApart("r1", "r1"));
    }
}
