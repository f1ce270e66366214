package dev.hone.cli.local;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.cli.home.Home;
import dev.hone.cli.home.ProcessMark;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** What a stack that was killed may have left running: found by the marks that each start writes, and stopped. */
final class Leftovers {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** In the name of a Job's mark, between its service's and its process id. */
    private static final String JOB = "-job-";

    private Leftovers() {}

    static void mark(Home home, String name, ProcessHandle process) throws IOException {
        Path file = home.processFile(name);
        Files.createDirectories(file.getParent());
        JSON.writeValue(file.toFile(), ProcessMark.of(process));
    }

    static void unmark(Home home, String name) throws IOException {
        Files.deleteIfExists(home.processFile(name));
    }

    /** Only for who holds the home's lock. @return the names of what was still running */
    static List<String> stop(Home home) throws IOException {
        Path folder = home.processFile("any").getParent();
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            // Services before the servers they need for a last checkpoint: their names do not sort that way.
            return files.sorted(Comparator.comparing(Leftovers::isServer)).filter(Leftovers::stop).map(Leftovers::name).toList();
        }
    }

    /** Jobs that outlived their service, and that its next start had no time to take over. Only for who holds the home's lock. */
    static void stopJobs(Home home) throws IOException {
        Path folder = home.processFile("any").getParent();
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                files.filter(file -> name(file).contains(JOB)).toList().forEach(Leftovers::stop);
            }
        }
    }

    private static boolean isServer(Path file) {
        return Set.of("kafka", "s3").contains(name(file));
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }

    private static boolean stop(Path file) {
        Optional<ProcessHandle> process = read(file).flatMap(ProcessMark::find);
        process.ifPresent(Leftovers::stopTree);
        file.toFile().delete();
        return process.isPresent();
    }

    /**
     * Marks the Jobs below a service too: one whose service was killed runs on, with addresses that the next start may
     * not keep.
     */
    static void markJobs(Home home, String service, ProcessHandle process) {
        process.descendants().forEach(job -> {
            try {
                mark(home, service + JOB + job.pid(), job);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static Optional<ProcessMark> read(Path file) {
        try {
            return Optional.of(JSON.readValue(file.toFile(), ProcessMark.class));
        } catch (IOException e) {
            // Half a mark, from a crash while it was written: whoever it was meant for has a closed pipe and ends by itself.
            return Optional.empty();
        }
    }

    /** Asks a process and all it started to end, then makes it so. */
    static void stopTree(ProcessHandle process) {
        List<ProcessHandle> all = Stream.concat(Stream.of(process), process.descendants()).toList();
        all.forEach(ProcessHandle::destroy);
        all.forEach(Leftovers::awaitEnd);
    }

    static void awaitEnd(ProcessHandle process) {
        try {
            process.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            process.destroyForcibly();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the end of process " + process.pid() + " cannot be awaited", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
