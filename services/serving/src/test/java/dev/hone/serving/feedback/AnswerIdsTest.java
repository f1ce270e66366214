package dev.hone.serving.feedback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AnswerIdsTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
    private final AnswerIds ids = AnswerIds.of("0123456789abcdef", CLOCK);

    @Test
    void givenAnIdMadeElsewhere_whenVerified_thenItSaysWhatWasSigned() {
        // Python: base64.urlsafe_b64encode(head + hmac.new(secret, head + b"support:r1", hashlib.sha256).digest()[:16]),
        // head = struct.pack(">I", 1700000000) + bytes(range(8))
        String id = "ZVPxAAABAgMEBQYHmcanGPeWSUZcfTn2LfWZQg.support:r1";
        assertEquals(Optional.of(new AnswerIds.Given(id, "support", "r1", NOW)), ids.verified(id));
    }

    @Test
    void givenAnIdOfOneReplica_whenAnotherWithTheSecretSeesIt_thenItKnowsIt() {
        String id = ids.next("my.model-2", "r3f2a9c0d1e4b5a67");
        AnswerIds.Given given = AnswerIds.of("0123456789abcdef", CLOCK).verified(id).orElseThrow();

        assertEquals("my.model-2", given.model());
        assertEquals("r3f2a9c0d1e4b5a67", given.revision());
        assertEquals(NOW, given.at());
        assertNotEquals(id, ids.next("my.model-2", "r3f2a9c0d1e4b5a67"));
    }

    @Test
    void givenTheLongestNames_whenAnIdIsMade_thenItFitsTheEventsField() {
        String id = ids.next("m".repeat(63), "r".repeat(100));
        assertTrue(id.length() <= 300);
        assertTrue(ids.verified(id).isPresent());
    }

    @Test
    void givenForgedIds_whenVerified_thenNoneIsKnown() {
        String id = ids.next("support", "r1");
        for (String forged : new String[] {"", "gone", id.replace("support", "sales"), id.replace(":r1", ":r2"), flipped(id, 0), flipped(id, 10), flipped(id, 37), id + "x",
                AnswerIds.of("another secret of 16", CLOCK).next("support", "r1"), AnswerIds.ofThisProcess(CLOCK).next("support", "r1")}) {
            assertEquals(Optional.empty(), ids.verified(forged), forged);
        }
    }

    private static String flipped(String id, int at) {
        char other = id.charAt(at) == 'A' ? 'B' : 'A';
        return id.substring(0, at) + other + id.substring(at + 1);
    }

    @Test
    void givenAShortSecret_whenSet_thenItIsRefused() {
        assertEquals("Expected a secret of at least 16 characters for answer ids, found 5.",
                assertThrows(IllegalArgumentException.class, () -> AnswerIds.of("short", CLOCK)).getMessage());
    }
}
