package dev.hone.llm.estimate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Made-up files of a Linux machine with 1,000 kB available, in which this process holds 100 kB. */
class ProcessMemoryTest {
    private static final double KB = 1024;

    @TempDir Path root;

    private void file(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private OptionalDouble available() {
        return new ProcessMemory(root).available();
    }

    @BeforeEach
    void machine() throws IOException {
        file("proc/self/status", "Name:\tjava\nVmRSS:\t     100 kB\n");
        file("proc/meminfo", "MemTotal:        4000 kB\nMemAvailable:    1000 kB\n");
        file("proc/self/cgroup", "0::/pod/job\n");
    }

    @Test
    void givenNoLimit_whenAsked_thenTheMachinesMemoryAndWhatIsHeldAlreadyAreAvailable() throws IOException {
        assertEquals(1100 * KB, available().getAsDouble());
        file("sys/fs/cgroup/pod/job/memory.max", "max\n");
        file("sys/fs/cgroup/pod/job/memory.current", "1\n");
        assertEquals(1100 * KB, available().getAsDouble());
    }

    @Test
    void givenALimitOfVersion2_whenAsked_thenItHoldsAndThePageCacheCountsAsFree() throws IOException {
        file("sys/fs/cgroup/pod/job/memory.max", String.valueOf(500 * 1024));
        file("sys/fs/cgroup/pod/job/memory.current", String.valueOf(300 * 1024));
        assertEquals(300 * KB, available().getAsDouble());
        file("sys/fs/cgroup/pod/job/memory.stat", "anon 1\ninactive_file " + 50 * 1024 + "\n");
        assertEquals(350 * KB, available().getAsDouble());
    }

    @Test
    void givenATighterLimitOfTheGroupAround_whenAsked_thenThatOneHolds() throws IOException {
        file("sys/fs/cgroup/pod/job/memory.max", String.valueOf(900 * 1024));
        file("sys/fs/cgroup/pod/job/memory.current", "0");
        file("sys/fs/cgroup/pod/memory.max", String.valueOf(400 * 1024));
        file("sys/fs/cgroup/pod/memory.current", String.valueOf(380 * 1024));
        assertEquals(120 * KB, available().getAsDouble());
    }

    @Test
    void givenALimitOfVersion1_whenAsked_thenItHolds() throws IOException {
        file("proc/self/cgroup", "5:cpu:/x\n4:memory:/docker/abc\n");
        file("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", String.valueOf(600 * 1024));
        file("sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes", String.valueOf(200 * 1024));
        assertEquals(500 * KB, available().getAsDouble());
    }

    @Test
    void givenAnotherSystem_whenAsked_thenNothingIsKnown() {
        assertTrue(new ProcessMemory(root.resolve("elsewhere")).available().isEmpty());
    }
}
