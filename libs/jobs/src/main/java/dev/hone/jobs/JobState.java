package dev.hone.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Properties;

/**
 * What a crash of the service must not lose about one job, as files in the job's folder: {@code job.properties} the
 * request, {@code event.json}, {@code process} pid and start time, {@code exit} what the job said last, {@code log.txt}.
 *
 * <p>A job is open from its request until {@code job.properties} is removed.
 */
final class JobState {

    private static final String ENVIRONMENT = "env.";
    /** A JVM reckons start times from the time of boot, which it reads in whole seconds and of a clock that may be corrected: another JVM finds another. */
    private static final long TOLERANCE_MILLIS = 2_000;

    private final Path directory;

    JobState(Path directory) {
        this.directory = directory;
    }

    Path directory() {
        return directory;
    }

    Path event() {
        return directory.resolve("event.json");
    }

    Path log() {
        return directory.resolve("log.txt");
    }

    /** False when the job is open already. */
    boolean open(JobSpec spec) throws IOException {
        Files.createDirectories(directory);
        if (Files.exists(request())) {
            return false;
        }
        ExitRecord.forget(directory);
        StateFiles.replace(event(), spec.event());
        Properties properties = new Properties();
        properties.setProperty("name", spec.name());
        properties.setProperty("main", spec.mainClass());
        spec.environment().forEach((key, value) -> properties.setProperty(ENVIRONMENT + key, value));
        var text = new java.io.StringWriter();
        properties.store(text, null);
        StateFiles.replace(request(), text.toString());
        return true;
    }

    /** The request, if the job is open. */
    Optional<JobSpec> spec() throws IOException {
        Properties properties = new Properties();
        try (var reader = Files.newBufferedReader(request())) {
            properties.load(reader);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        Map<String, String> environment = new HashMap<>();
        properties.stringPropertyNames().stream().filter(key -> key.startsWith(ENVIRONMENT))
                .forEach(key -> environment.put(key.substring(ENVIRONMENT.length()), properties.getProperty(key)));
        return Optional.of(new JobSpec(properties.getProperty("name"), properties.getProperty("main"),
                Files.readString(event()), environment));
    }

    /** When the job was asked for, for the order of the queue. */
    long openedMillis() {
        return request().toFile().lastModified();
    }

    void started(ProcessHandle process) throws IOException {
        StateFiles.replace(directory.resolve("process"), process.pid() + " " + startMillis(process));
    }

    /** The process of a former life of this service, if it still runs. */
    Optional<ProcessHandle> running() throws IOException {
        String[] parts;
        try {
            parts = Files.readString(directory.resolve("process")).strip().split(" ");
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        // A pid is given again to another process some day; its start time tells them apart.
        long started = Long.parseLong(parts[1]);
        return ProcessHandle.of(Long.parseLong(parts[0])).filter(ProcessHandle::isAlive).filter(p -> Math.abs(startMillis(p) - started) <= TOLERANCE_MILLIS);
    }

    OptionalInt exit() throws IOException {
        return ExitRecord.read(directory);
    }

    void forgetExit() throws IOException {
        ExitRecord.forget(directory);
    }

    /** The job is done with: a later request of the same name is a new job. The log stays. */
    void close() throws IOException {
        Files.deleteIfExists(request());
        StateFiles.deleteTree(JobMain.scratch(directory));
    }

    private Path request() {
        return directory.resolve("job.properties");
    }

    private static long startMillis(ProcessHandle process) {
        return process.info().startInstant().map(java.time.Instant::toEpochMilli).orElse(0L);
    }
}
