package dev.hone.telemetry.jobs;

import dev.hone.v1.RunProgress;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a Job's process knows of itself, for each {@code run.progress}: a process that lives for minutes is not scraped, so
 * its figures travel with its state.
 */
public final class JobFigures implements UnaryOperator<RunProgress.Builder> {
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

    private final double waited;
    private final Instant begun;
    private final GpuWatch gpus;
    private final Path status;

    private JobFigures(Instant asked, Instant begun, GpuWatch gpus, Path status) {
        this.waited = Math.max(0, seconds(Duration.between(asked, begun)));
        this.begun = begun;
        this.gpus = gpus;
        this.status = status;
    }

    /** @param asked when the event was written that asked for the work */
    public static JobFigures since(Instant asked) {
        return new JobFigures(asked, Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime()), GpuWatch.start(), Path.of("/proc/self/status"));
    }

    static JobFigures of(Instant asked, Instant begun, GpuWatch gpus, Path status) {
        return new JobFigures(asked, begun, gpus, status);
    }

    @Override
    public RunProgress.Builder apply(RunProgress.Builder progress) {
        GpuWatch.Gpus seen = gpus.latest();
        return progress.setSecondsWaited(waited).setSecondsRunning(Math.max(0, seconds(Duration.between(begun, Instant.now())))).setMemoryBytes(resident())
                .setGpuMemoryBytes(seen.usedBytes()).setGpuMemoryTotalBytes(seen.totalBytes()).setGpuUtilization(seen.utilization());
    }

    /** Nothing where the system is another than Linux. */
    private long resident() {
        try {
            Matcher line = RESIDENT.matcher(Files.readString(status));
            return line.find() ? Long.parseLong(line.group(1)) * 1024 : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }
}
