package dev.hone.cli.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.cli.console.Failure;
import dev.hone.cli.home.Home;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortsTest {
    @Test
    void givenFreeUsualPorts_whenChosen_thenTheyAreTaken() {
        assertEquals(Ports.USUAL, Ports.choose(Map.of(), Map.of(), false, port -> true));
    }

    @Test
    void givenATakenUsualPort_whenChosen_thenAnotherIsFoundForThatProcessAlone() {
        Map<String, Integer> chosen = Ports.choose(Map.of(), Map.of(), false, port -> port != 9092);
        assertNotEquals(9092, chosen.get("kafka"));
        assertEquals(9000, chosen.get("s3"));
    }

    @Test
    void givenATakenPortThatAPersonNamed_whenChosen_thenItIsAnError() {
        Failure failure = assertThrows(Failure.class, () -> Ports.choose(Map.of("serving", 4000), Map.of(), false, port -> port != 4000));
        assertTrue(failure.getMessage().contains("4000") && failure.getMessage().contains("serving"), failure.getMessage());
    }

    @Test
    void givenAPortNamedThatIsAnothersUsualOne_whenChosen_thenNoTwoListenOnTheSame() {
        Map<String, Integer> chosen = Ports.choose(Map.of("serving", 9092), Map.of(), false, port -> true);
        assertEquals(9092, chosen.get("serving"));
        assertEquals(chosen.size(), new HashSet<>(chosen.values()).size());
    }

    @Test
    void givenAnUnknownName_whenChosen_thenTheNamesAreListed() {
        assertTrue(assertThrows(Failure.class, () -> Ports.choose(Map.of("minio", 1), Map.of(), false, port -> true)).getMessage().contains("serving"));
    }

    @Test
    void givenAStackThatRanBefore_whenItStartsAgain_thenItListensWhereItDid(@TempDir Path folder) throws IOException {
        Home home = new Home(folder, folder);
        Map<String, Integer> first = Ports.choose(home, StackOptions.onFreePorts(Map.of()));
        assertEquals(first, Ports.choose(home, new StackOptions(Map.of(), false, Map.of())));
    }

    @Test
    void givenAFormerPortThatIsTakenNow_whenChosen_thenAnotherIsFound() {
        Map<String, Integer> chosen = Ports.choose(Map.of(), Map.of("kafka", 5000, "s3", 5001), false, port -> port != 5000);
        assertEquals(9092, chosen.get("kafka"));
        assertEquals(5001, chosen.get("s3"));
    }
}
