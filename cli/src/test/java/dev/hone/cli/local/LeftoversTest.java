package dev.hone.cli.local;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.cli.home.Home;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LeftoversTest {
    @TempDir Path folder;

    @Test
    void givenAJobThatOutlivedItsService_whenJobsAreStopped_thenItEndsAndServersStay() throws Exception {
        Home home = new Home(folder, folder);
        Process service = new ProcessBuilder("sh", "-c", "sleep 60; true").start();
        Process server = new ProcessBuilder("sleep", "60").start();
        try {
            while (service.descendants().findAny().isEmpty()) {
                Thread.sleep(20);
            }
            ProcessHandle job = service.descendants().findAny().orElseThrow();
            Leftovers.markJobs(home, "trainer", service.toHandle());
            Leftovers.mark(home, "kafka", server.toHandle());
            service.destroyForcibly().waitFor();
            assertTrue(job.isAlive(), "it runs on without its service");

            Leftovers.stopJobs(home);

            assertFalse(job.isAlive());
            assertTrue(server.isAlive());
        } finally {
            service.destroyForcibly();
            server.destroyForcibly();
        }
    }
}
