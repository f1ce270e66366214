package dev.hone.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JobConfigTest {
    private static final Path WORK = Path.of("w").toAbsolutePath();

    @Test
    void givenKeysOfAKind_whenConfigured_thenTheyComeBeforeThoseOfAllJobs() {
        Map<String, String> keys = Map.of("hone.jobs.kubernetes.gpus", "0", "hone.jobs.qat.kubernetes.gpus", "1", "hone.jobs.heap", "3g");
        JobConfig qat = JobConfig.ofKind("qat", WORK, key -> Optional.ofNullable(keys.get(key)));
        JobConfig all = JobConfig.from(WORK, key -> Optional.ofNullable(keys.get(key)));
        assertEquals(1, qat.kubernetes().gpus());
        assertEquals(0, all.kubernetes().gpus());
        assertEquals("3g", qat.heap());
    }

    @Test
    void givenTwoKinds_whenConfigured_thenTheyKeepTheirStateApart() {
        assertEquals(WORK.resolve("qat/jobs"), JobConfig.ofKind("qat", WORK, key -> Optional.empty()).directory());
        assertEquals(WORK.resolve("jobs"), JobConfig.local(WORK).directory());
    }
}
