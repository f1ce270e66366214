package dev.hone.cli.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.cli.console.Failure;
import java.util.HashSet;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PortsTest {
    @Test
    void givenFreeUsualPorts_whenChosen_thenTheyAreTaken() {
        assertEquals(Ports.USUAL, Ports.choose(Map.of(), false, port -> true));
    }

    @Test
    void givenATakenUsualPort_whenChosen_thenAnotherIsFoundForThatProcessAlone() {
        Map<String, Integer> chosen = Ports.choose(Map.of(), false, port -> port != 9092);
        assertNotEquals(9092, chosen.get("kafka"));
        assertEquals(9000, chosen.get("s3"));
    }

    @Test
    void givenATakenPortThatAPersonNamed_whenChosen_thenItIsAnError() {
        Failure failure = assertThrows(Failure.class, () -> Ports.choose(Map.of("serving", 4000), false, port -> port != 4000));
        assertTrue(failure.getMessage().contains("4000") && failure.getMessage().contains("serving"), failure.getMessage());
    }

    @Test
    void givenAPortNamedThatIsAnothersUsualOne_whenChosen_thenNoTwoListenOnTheSame() {
        Map<String, Integer> chosen = Ports.choose(Map.of("serving", 9092), false, port -> true);
        assertEquals(9092, chosen.get("serving"));
        assertEquals(chosen.size(), new HashSet<>(chosen.values()).size());
    }

    @Test
    void givenAnUnknownName_whenChosen_thenTheNamesAreListed() {
        assertTrue(assertThrows(Failure.class, () -> Ports.choose(Map.of("minio", 1), false)).getMessage().contains("serving"));
    }
}
