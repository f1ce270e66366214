package dev.hone.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JobCommandTest {

    @Test
    void givenPackagedService_whenCommandIsMade_thenItsFoldersAreTheClassPath() {
        assertEquals("/app/q/app/*:/app/q/lib/main/*:/app/q/lib/boot/*", JobCommand.expand("/app/q/quarkus-run.jar"));
    }

    @Test
    void givenPlainClassPath_whenCommandIsMade_thenItIsKept() {
        assertEquals("a.jar:target/classes", JobCommand.expand("a.jar:target/classes"));
    }

    @Test
    void givenHeap_whenCommandIsMade_thenJavaAndMainClassStandAtItsEnds() {
        var command = JobCommand.of(Path.of("/jdk"), "a.jar", "2g", "some.Main");
        assertEquals("/jdk/bin/java", command.getFirst());
        assertEquals("some.Main", command.getLast());
        assertTrue(command.contains("-Xmx2g"));
    }

    @Test
    void givenNothing_whenConfigured_thenTheseAreTheDefaults() {
        JobConfig config = JobConfig.local(Path.of("/var/hone"));
        assertEquals(JobConfig.Launcher.PROCESS, config.launcher());
        assertEquals(Path.of("/var/hone/jobs"), config.directory());
        assertEquals("1g", config.heap());
        assertEquals(1, config.concurrency());
        assertEquals(5, config.maxCrashes());
        assertEquals(Duration.ofSeconds(1), config.firstPause());
        assertEquals(new GracePeriod(Duration.ofSeconds(60), Duration.ofMinutes(30), 20_000_000), config.grace());
        assertEquals(new KubernetesConfig(Optional.empty(), Optional.empty()), config.kubernetes());
    }

    @Test
    void givenWordInsteadOfNumber_whenConfigured_thenTheErrorNamesTheKey() {
        Map<String, String> values = Map.of("hone.jobs.concurrency", "two");
        var refused = assertThrows(IllegalArgumentException.class,
                () -> JobConfig.from(Path.of("x"), key -> Optional.ofNullable(values.get(key))));
        assertTrue(refused.getMessage().contains("hone.jobs.concurrency"));
    }

    @Test
    void givenNameThatIsNoLabel_whenSpecIsMade_thenItIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new JobSpec("train-../../etc", "M", "{}", Map.of()));
        assertThrows(IllegalArgumentException.class, () -> new JobSpec("train-" + "a".repeat(60), "M", "{}", Map.of()));
    }
}
