package dev.hone.telemetry.jobs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * NVIDIA's GPUs as {@code nvidia-smi} tells of them; NVIDIA's container runtime puts it beside the driver and shows it the
 * GPUs of the container alone. A thread of its own asks every few seconds, because the answer takes its time. Where there is
 * no such program it is not asked again.
 */
final class GpuWatch {
    private static final Logger LOG = LoggerFactory.getLogger(GpuWatch.class);
    private static final List<String> COMMAND = List.of("nvidia-smi", "--query-gpu=memory.used,memory.total,utilization.gpu", "--format=csv,noheader,nounits");
    /** MiB, MiB, percent; a figure that the GPU does not give is [N/A]. */
    private static final Pattern LINE = Pattern.compile("(\\d+|\\[.*?]), (\\d+|\\[.*?]), (\\d+|\\[.*?])");
    private static final Duration PERIOD = Duration.ofSeconds(5);
    private static final long LONGEST_ANSWER_SECONDS = 20;
    private static final long MIB = 1 << 20;

    /** All of them together. @param utilization 0 to 1, their mean */
    record Gpus(long usedBytes, long totalBytes, double utilization) {
        static final Gpus NONE = new Gpus(0, 0, 0);
    }

    private final List<String> command;
    private volatile Gpus latest = Gpus.NONE;

    private GpuWatch(List<String> command) {
        this.command = command;
    }

    static GpuWatch start() {
        GpuWatch watch = new GpuWatch(COMMAND);
        Thread.ofPlatform().daemon().name("gpu-watch").start(watch::follow);
        return watch;
    }

    /** Asked once, on this thread. */
    static GpuWatch once(List<String> command) {
        GpuWatch watch = new GpuWatch(command);
        watch.ask();
        return watch;
    }

    Gpus latest() {
        return latest;
    }

    private void follow() {
        try {
            while (ask()) {
                Thread.sleep(PERIOD);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** False when there is nobody to ask. */
    private boolean ask() {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.onExit().orTimeout(LONGEST_ANSWER_SECONDS, TimeUnit.SECONDS).exceptionally(late -> end(process));
            latest = parse(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            return latest != Gpus.NONE;
        } catch (IOException e) {
            LOG.debug("no GPU is watched reason={}", e.getMessage());
            return false;
        }
    }

    /** Only a process that goes on: of one that has ended this would close what is still to be read. */
    private static Process end(Process process) {
        process.destroyForcibly();
        return process;
    }

    static Gpus parse(String answer) {
        List<Matcher> lines = answer.lines().map(LINE::matcher).filter(Matcher::matches).toList();
        if (lines.isEmpty()) {
            return Gpus.NONE;
        }
        long used = lines.stream().mapToLong(line -> number(line.group(1))).sum();
        long total = lines.stream().mapToLong(line -> number(line.group(2))).sum();
        return new Gpus(used * MIB, total * MIB, lines.stream().mapToLong(line -> number(line.group(3))).average().orElse(0) / 100);
    }

    private static long number(String figure) {
        return figure.startsWith("[") ? 0 : Long.parseLong(figure);
    }
}
