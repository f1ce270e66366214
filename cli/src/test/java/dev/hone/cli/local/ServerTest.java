package dev.hone.cli.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.cli.console.Failure;
import dev.hone.cli.home.Home;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Supervision of small shell processes, which behave to it as services do. */
@Timeout(60)
class ServerTest {
    @TempDir Path folder;
    private final BlockingQueue<String> said = new LinkedBlockingQueue<>();
    private Server server;

    @AfterEach
    void stop() {
        if (server != null) {
            server.stop();
        }
    }

    @Test
    void givenAServerThatDies_whenWatched_thenItIsStartedAgainAndSaidSo() throws Exception {
        server = start("sleep 600");
        server.watch();
        long first = server.pid();
        ProcessHandle.of(first).orElseThrow().destroyForcibly();
        assertTrue(said.poll(10, TimeUnit.SECONDS).contains("ended unasked"));
        while (server.pid() == first || !server.isAlive()) {
            Thread.sleep(20);
        }
        assertNotEquals(first, server.pid());
    }

    @Test
    void givenARunningServer_whenStopped_thenItAndItsJobsAreGoneAndItStaysSo() throws Exception {
        Path jobPid = folder.resolve("job");
        // The job does not end with its parent: like a training process whose service stops first.
        server = start("sh -c 'echo $$ > " + jobPid + "; exec sleep 600' & trap 'exit 0' TERM; while :; do sleep 0.05; done");
        server.watch();
        while (!Files.exists(jobPid) || Files.readString(jobPid).isBlank()) {
            Thread.sleep(20);
        }
        ProcessHandle job = ProcessHandle.of(Long.parseLong(Files.readString(jobPid).strip())).orElseThrow();
        server.stop();
        assertFalse(server.isAlive());
        assertFalse(job.isAlive());
        assertFalse(Files.exists(home().processFile("test")));
    }

    @Test
    void givenAServerThatIgnoresTheRequestToEnd_whenStopped_thenItIsKilledAfterItsPatience() throws Exception {
        Path ready = folder.resolve("ready");
        server = start("trap '' TERM; touch " + ready + "; while :; do sleep 0.05; done");
        while (!Files.exists(ready)) {
            Thread.sleep(20);
        }
        server.stop();
        assertFalse(server.isAlive());
        assertTrue(said.poll(1, TimeUnit.SECONDS).contains("is killed"));
    }

    @Test
    void givenAServerThatDoesNotComeUp_whenAwaited_thenTheFailureHasItsLastWords() throws Exception {
        server = start("echo the disk is full; exit 3");
        try (Readiness readiness = new Readiness()) {
            Failure failure = assertThrows(Failure.class, () -> readiness.await(server));
            assertTrue(failure.getMessage().contains("exit code 3") && failure.getMessage().contains("the disk is full"), failure.getMessage());
        }
    }

    @Test
    void givenAServerThatSaysReady_whenAwaited_thenOnlyItsOwnLatestWordCounts() throws Exception {
        Path once = folder.resolve("once");
        // Ready at the first start only: what it said then must not count for the second.
        server = start("if [ ! -e " + once + " ]; then touch " + once + "; echo READY test; else exit 3; fi; sleep 600");
        try (Readiness readiness = new Readiness()) {
            readiness.await(server);
            server.stop();
            server = start("if [ ! -e " + once + " ]; then touch " + once + "; echo READY test; else exit 3; fi; sleep 600");
            assertTrue(assertThrows(Failure.class, () -> readiness.await(server)).getMessage().contains("exit code 3"));
        }
    }

    @Test
    void givenAProcessThatAKilledStackLeft_whenTheNextBegins_thenItIsFoundAndStopped() throws Exception {
        server = start("sleep 600");
        ProcessHandle left = ProcessHandle.of(server.pid()).orElseThrow();
        assertEquals(List.of("test"), Leftovers.stop(home()));
        assertFalse(left.isAlive());
        assertEquals(List.of(), Leftovers.stop(home()));
    }

    @Test
    void givenAHomeInUse_whenAnotherStackWantsIt_thenItIsRefusedUntilTheFirstEnds() throws Exception {
        try (HomeLock held = HomeLock.take(home())) {
            assertTrue(assertThrows(Failure.class, () -> HomeLock.take(home())).getMessage().contains("runs in"));
        }
        HomeLock.take(home()).close();
    }

    private Server start(String script) throws Exception {
        Server started = new Server(new ServerSpec("test", List.of("/bin/sh", "-c", script), Map.of(), folder.resolve("work"), 1,
                Optional.empty(), Duration.ofSeconds(2)), home(), said::add);
        started.start();
        return started;
    }

    private Home home() {
        return new Home(folder, folder.resolve("home"));
    }
}
