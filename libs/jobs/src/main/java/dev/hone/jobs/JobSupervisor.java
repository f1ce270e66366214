package dev.hone.jobs;

import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps one job going until it has said its last word, or has crashed too often to hope. */
final class JobSupervisor {

    private static final Logger LOG = LoggerFactory.getLogger(JobSupervisor.class);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration LONGEST_GOODBYE = Duration.ofSeconds(15);

    private final JobState state;
    private final JobConfig config;
    private final JobFailureListener listener;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private ProcessHandle process;
    private int crashes;

    JobSupervisor(JobState state, JobConfig config, JobFailureListener listener) {
        this.state = state;
        this.config = config;
        this.listener = listener;
    }

    void run() {
        try {
            Optional<JobSpec> spec = state.spec();
            if (spec.isPresent()) {
                keepGoing(spec.get());
            }
        } catch (IOException e) {
            LOG.error("job left to the next start of this service dir={}: {}", state.directory(), e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Asks the job to checkpoint and leaves it open, so that the next start of this service continues it. */
    synchronized void stop() {
        stopped.countDown();
        if (process != null) {
            process.destroy();
        }
    }

    synchronized void kill() {
        if (process != null) {
            process.destroyForcibly();
        }
    }

    private void keepGoing(JobSpec spec) throws IOException, InterruptedException {
        Duration pause = config.firstPause();
        while (!isStopped()) {
            runOnce(spec);
            if (hasEnded()) {
                end(spec);
                return;
            }
            if (isStopped()) {
                return;
            }
            if (state.exit().isEmpty() && ++crashes > config.maxCrashes()) {
                giveUp(spec);
                return;
            }
            LOG.info("job restarts job={} crashes={} pauseMillis={}", spec.name(), crashes, pause.toMillis());
            stopped.await(pause.toMillis(), TimeUnit.MILLISECONDS);
            pause = shorter(pause.multipliedBy(2), LONGEST_PAUSE);
        }
    }

    private void runOnce(JobSpec spec) throws IOException, InterruptedException {
        Optional<ProcessHandle> running = begin(spec);
        if (running.isPresent()) {
            awaitEnd(running.get());
        }
    }

    /** A job that has said its last word but does not go hangs in a native library's clean-up, where nothing is left to lose. */
    private void awaitEnd(ProcessHandle handle) throws IOException, InterruptedException {
        for (Duration lingered = Duration.ZERO; !endsWithin(handle, LOOK); lingered = state.exit().isPresent() ? lingered.plus(LOOK) : Duration.ZERO) {
            if (lingered.compareTo(LONGEST_GOODBYE) >= 0) {
                LOG.warn("job hangs at its end and is killed dir={} pid={}", state.directory(), handle.pid());
                handle.destroyForcibly();
            }
        }
    }

    private static boolean endsWithin(ProcessHandle handle, Duration time) throws InterruptedException {
        try {
            handle.onExit().get(time.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("Waiting for process " + handle.pid() + " cannot fail", e);
        }
    }

    /** The job's process: one that outlived this service's former life, or a new one. Empty when none is needed. */
    private synchronized Optional<ProcessHandle> begin(JobSpec spec) throws IOException {
        Optional<ProcessHandle> former = state.running();
        if (former.isEmpty() && (isStopped() || hasEnded())) {
            return Optional.empty();
        }
        process = former.isPresent() ? former.get() : start(spec);
        LOG.info("job runs job={} pid={} adopted={}", spec.name(), process.pid(), former.isPresent());
        return Optional.of(process);
    }

    private boolean isStopped() {
        return stopped.getCount() == 0;
    }

    private boolean hasEnded() throws IOException {
        OptionalInt exit = state.exit();
        return exit.isPresent() && JobExitCodes.isFinal(exit.getAsInt());
    }

    private ProcessHandle start(JobSpec spec) throws IOException {
        state.forgetExit();
        ProcessBuilder builder = new ProcessBuilder(command(spec)).redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(state.log().toFile()));
        Map<String, String> environment = builder.environment();
        environment.putAll(spec.environment());
        environment.put(JobMain.DIRECTORY, state.directory().toString());
        ProcessHandle started = builder.start().toHandle();
        state.started(started);
        return started;
    }

    private List<String> command(JobSpec spec) {
        List<String> command = new ArrayList<>(JobCommand.of(config.heap(), spec.mainClass()));
        command.add("--event");
        command.add(state.event().toString());
        return command;
    }

    private void end(JobSpec spec) throws IOException {
        LOG.info("job ended job={} exitCode={}", spec.name(), state.exit().getAsInt());
        state.close();
    }

    private void giveUp(JobSpec spec) throws IOException, InterruptedException {
        LOG.error("job given up job={} crashes={} log={}", spec.name(), crashes, state.log());
        JobFailure failure = new JobFailure("job_crashed", "Expected the job to finish, found that its process"
                + " crashed or was killed " + crashes + " times. Its log " + state.log() + " ends with what it said last;"
                + " often the machine has too little memory for it.", false, null);
        while (!told(spec, failure)) {
            if (stopped.await(config.firstPause().toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        }
        state.close();
    }

    /** A broker that is away must not hide a failure. */
    private boolean told(JobSpec spec, JobFailure failure) {
        try {
            listener.lost(spec.name(), spec.event(), failure);
            return true;
        } catch (RuntimeException e) {
            LOG.warn("job's failure cannot be told yet, trying again job={} reason={}", spec.name(), e.toString());
            return false;
        }
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
