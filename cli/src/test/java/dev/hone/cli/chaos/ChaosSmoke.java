package dev.hone.cli.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hone.cli.CommandRun;
import dev.hone.cli.chaos.fault.HomeProcesses;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real stack under a few faults. The profile {@code chaos} runs it; nothing else does. */
class ChaosSmoke {
    private static final Path CHECKOUT = Path.of(System.getProperty("hone.root", ".."));

    @TempDir Path home;

    @Test
    void givenAStackUnderSixKills_whenItIsQuietAgain_thenNothingIsLost() {
        assumeTrue(HomeProcesses.isPossible(), "chaos needs /proc");
        assumeTrue(Files.exists(CHECKOUT.resolve("services/serving/target/quarkus-app/quarkus-run.jar")), "the services are not built: ./hone build");
        CommandRun run = CommandRun.of("chaos", "--home", home.toString(), "--seed", "3", "--kills", "6", "--datasets", "2", "--time-limit", "10");
        assertEquals(0, run.exit(), run.out() + run.error());
    }
}
