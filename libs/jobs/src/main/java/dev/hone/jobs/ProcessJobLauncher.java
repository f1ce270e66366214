package dev.hone.jobs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs jobs as child processes of this machine, a few at a time.
 *
 * <p>The state of a job lies in files, so a service that was killed finds on its next start the jobs that ran on without
 * it, and those that died with it.
 */
final class ProcessJobLauncher implements JobLauncher {

    private static final Logger LOG = LoggerFactory.getLogger(ProcessJobLauncher.class);

    private final JobConfig config;
    private final JobFailureListener listener;
    private final ExecutorService slots;
    private final Set<JobSupervisor> supervisors = ConcurrentHashMap.newKeySet();
    private volatile boolean closing;

    ProcessJobLauncher(JobConfig config, JobFailureListener listener) {
        this.config = config;
        this.listener = listener;
        this.slots = Executors.newFixedThreadPool(config.concurrency(), Thread.ofPlatform().name("job-", 0).daemon().factory());
        openJobs().forEach(this::supervise);
    }

    @Override
    public synchronized LaunchResult launch(JobSpec spec) throws IOException {
        if (closing) {
            throw new IOException("Expected a running service for job " + spec.name() + ", found it stopping; the next start takes it.");
        }
        JobState state = new JobState(config.directory().resolve(spec.name()));
        if (!state.open(spec)) {
            LOG.info("job exists job={}", spec.name());
            return LaunchResult.ALREADY_EXISTS;
        }
        LOG.info("job launched job={} log={}", spec.name(), state.log());
        supervise(state);
        return LaunchResult.LAUNCHED;
    }

    @Override
    public void close() {
        synchronized (this) {
            closing = true;
        }
        slots.shutdown();
        supervisors.forEach(JobSupervisor::stop);
        try {
            if (!slots.awaitTermination(config.grace().shortest().toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("jobs did not reach a checkpoint in time and are killed graceSeconds={}", config.grace().shortest().toSeconds());
                supervisors.forEach(JobSupervisor::kill);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void supervise(JobState state) {
        JobSupervisor supervisor = new JobSupervisor(state, config, listener);
        supervisors.add(supervisor);
        slots.execute(() -> {
            try {
                supervisor.run();
            } finally {
                supervisors.remove(supervisor);
            }
        });
    }

    /** Running ones first, because they hold their slot already, then in the order in which they were asked for. */
    private List<JobState> openJobs() {
        List<JobState> open = new ArrayList<>();
        try {
            Files.createDirectories(config.directory());
            try (Stream<Path> folders = Files.list(config.directory())) {
                for (Path folder : folders.filter(Files::isDirectory).toList()) {
                    JobState state = new JobState(folder);
                    if (state.spec().isPresent()) {
                        open.add(state);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Expected to read and write the jobs' state in " + config.directory() + ", found an error", e);
        }
        open.sort(Comparator.comparing((JobState state) -> !isRunning(state)).thenComparing(JobState::openedMillis));
        return open;
    }

    private static boolean isRunning(JobState state) {
        try {
            return state.running().isPresent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
