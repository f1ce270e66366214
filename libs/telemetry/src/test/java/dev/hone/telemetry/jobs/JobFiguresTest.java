package dev.hone.telemetry.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hone.v1.RunProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobFiguresTest {
    @TempDir Path dir;

    private RunProgress figures(GpuWatch gpus) throws IOException {
        Path status = Files.writeString(dir.resolve("status"), "Name:\tjava\nVmPeak:\t 99 kB\nVmRSS:\t  2048 kB\n");
        Instant asked = Instant.parse("2026-01-01T10:00:00Z");
        return JobFigures.of(asked, asked.plusSeconds(30), gpus, status).apply(RunProgress.newBuilder()).build();
    }

    private GpuWatch saying(String answer) throws IOException {
        return GpuWatch.once(List.of("cat", Files.writeString(dir.resolve("answer"), answer).toString()));
    }

    @Test
    void givenTwoGpus_whenAsked_thenMemoryIsTheirSumAndUseTheirMean() throws IOException {
        RunProgress progress = figures(saying("1024, 143771, 80\n2048, 143771, 20\n"));

        assertEquals(3L << 30, progress.getGpuMemoryBytes());
        assertEquals(2 * 143771L << 20, progress.getGpuMemoryTotalBytes());
        assertEquals(0.5, progress.getGpuUtilization(), 1e-9);
    }

    @Test
    void givenAGpuThatDoesNotTellItsUse_whenAsked_thenItsMemoryIsKnown() throws IOException {
        RunProgress progress = figures(saying("1024, 4096, [N/A]\n"));

        assertEquals(4L << 30, progress.getGpuMemoryTotalBytes());
        assertEquals(0, progress.getGpuUtilization());
    }

    @Test
    void givenNoGpu_whenAsked_thenTimeAndMemoryAreKnownAllTheSame() throws IOException {
        RunProgress progress = figures(GpuWatch.once(List.of(dir.resolve("no-such-program").toString())));

        assertEquals(0, progress.getGpuMemoryTotalBytes());
        assertEquals(30, progress.getSecondsWaited());
        assertEquals(2 << 20, progress.getMemoryBytes());
    }
}
