package dev.hone.serving.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SplitTest {
    private static long taken(String candidate, int percent) {
        return IntStream.range(0, 10_000).filter(i -> Split.takes("support", candidate, "conversation-" + i, percent)).count();
    }

    @Test
    void givenTheWrittenRule_whenComputedElsewhere_thenThePartsAreTheSame() {
        // Python: int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % 100
        assertEquals(65, Split.part("support\nr2\nconversation-1"));
        assertEquals(60, Split.part("support\nr2\nconversation-2"));
        assertEquals(75, Split.part("support\nr3\nconversation-1"));
    }

    @Test
    void givenTenThousandConversations_whenSplit_thenTheShareIsRightWithinThreeStandardDeviations() {
        for (int percent : new int[] {1, 10, 50, 90}) {
            double deviation = Math.sqrt(10_000 * percent / 100.0 * (1 - percent / 100.0));
            assertEquals(100.0 * percent, taken("r2", percent), 3 * deviation);
        }
        assertEquals(0, taken("r2", 0));
        assertEquals(10_000, taken("r2", 100));
    }

    @Test
    void givenALargerShare_whenSplit_thenWhoHadTheCandidateKeepsIt() {
        IntStream.range(0, 1000).mapToObj(i -> "conversation-" + i).filter(name -> Split.takes("support", "r2", name, 10))
                .forEach(name -> assertTrue(Split.takes("support", "r2", name, 25)));
    }

    @Test
    void givenAnotherCandidate_whenSplit_thenOthersTryIt() {
        assertFalse(IntStream.range(0, 1000).mapToObj(i -> "conversation-" + i)
                .allMatch(name -> Split.takes("support", "r2", name, 50) == Split.takes("support", "r3", name, 50)));
    }
}
