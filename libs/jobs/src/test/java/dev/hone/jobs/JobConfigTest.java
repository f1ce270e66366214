package dev.hone.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JobConfigTest {
    private static final Path WORK = Path.of("w").toAbsolutePath();

    @Test
    void givenKeysOfAKind_whenConfigured_thenTheyComeBeforeThoseOfAllJobs() {
        Map<String, String> keys = Map.of("hone.jobs.grace-seconds", "90", "hone.jobs.qat.grace-seconds", "300", "hone.jobs.heap", "3g");
        JobConfig qat = JobConfig.ofKind("qat", WORK, key -> Optional.ofNullable(keys.get(key)));
        JobConfig all = JobConfig.from(WORK, key -> Optional.ofNullable(keys.get(key)));
        assertEquals(Duration.ofSeconds(300), qat.grace().shortest());
        assertEquals(Duration.ofSeconds(90), all.grace().shortest());
        assertEquals("3g", qat.heap());
    }

    @Test
    void givenTwoKinds_whenConfigured_thenTheyKeepTheirStateApart() {
        assertEquals(WORK.resolve("qat/jobs"), JobConfig.ofKind("qat", WORK, key -> Optional.empty()).directory());
        assertEquals(WORK.resolve("jobs"), JobConfig.local(WORK).directory());
    }

    @Test
    void givenACheckpoint_whenItsGraceIsAskedFor_thenItIsTheTimeToWriteItWithinBounds() {
        GracePeriod grace = new GracePeriod(Duration.ofSeconds(60), Duration.ofSeconds(600), 20_000_000);
        assertEquals(Duration.ofSeconds(60), grace.of(0));
        assertEquals(Duration.ofSeconds(60 + 11), grace.of(201_000_000));
        assertEquals(Duration.ofSeconds(600), grace.of(1_000_000_000_000L));
    }

    @Test
    void givenALongestGraceBelowTheShortest_whenConfigured_thenTheErrorNamesTheKeys() {
        Map<String, String> keys = Map.of("hone.jobs.grace-max-seconds", "30");
        var refused = assertThrows(IllegalArgumentException.class, () -> JobConfig.from(WORK, key -> Optional.ofNullable(keys.get(key))));
        assertTrue(refused.getMessage().contains("hone.jobs.grace-max-seconds"));
    }
}
