package dev.hone.cli.chaos.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class HomeProcessesTest {
    @TempDir Path home;

    @Test
    void givenAJobsCommandLine_whenRead_thenItsNameIsFound() {
        assertEquals("train-r1", HomeProcesses.job("java -cp x dev.hone.trainer.TrainJob --event /h/w/trainer/jobs/train-r1/event.json"));
        assertEquals("", HomeProcesses.job("java -jar quarkus-run.jar"));
    }

    @Test
    void givenAProcessThatWorksInAHome_whenLooked_thenItIsFoundAsLongAsItLives() throws Exception {
        assumeTrue(HomeProcesses.isPossible(), "processes are found by /proc, which this system does not have");
        Path work = Files.createDirectories(home.toRealPath().resolve("work/trainer"));
        Process process = new ProcessBuilder("sleep", "60").directory(work.toFile()).start();
        HomeProcesses processes = new HomeProcesses(home.toRealPath());
        try {
            assertEquals(List.of(process.pid()), processes.all().stream().map(HomeProcesses.Found::pid).toList());
            assertTrue(processes.jobs().isEmpty());
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertTrue(processes.all().isEmpty());
    }
}
