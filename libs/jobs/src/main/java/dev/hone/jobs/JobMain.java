package dev.hone.jobs;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a {@link Job} as a process: finds its event, turns SIGTERM into a flag, turns the outcome into an exit code.
 *
 * <p>The event is the file after {@code --event}, or in environment variables, see {@link JobEvent}.
 */
public final class JobMain {

    static final String DIRECTORY = "HONE_JOB_DIR";
    static final String LOCK = "lock";

    private static final Logger LOG = LoggerFactory.getLogger(JobMain.class);

    private final CountDownLatch finished = new CountDownLatch(1);
    private volatile boolean stop;
    private volatile int exitCode = JobExitCodes.INTERNAL_ERROR;

    private JobMain() {}

    /** Does not return: the process ends with the job. */
    public static void run(String[] args, Job job) {
        JobLogging.toStandardError();
        new JobMain().runAndExit(args, job);
    }

    private void runAndExit(String[] args, Job job) {
        // A JVM that exits while libtorch computes crashes in native code, so the hook waits for the loop to notice the flag.
        Runtime.getRuntime().addShutdownHook(new Thread(this::drain, "drain"));
        exitCode = codeOf(args, job);
        finished.countDown();
        System.exit(exitCode);
    }

    private void drain() {
        stop = true;
        try {
            finished.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        // After SIGTERM the JVM would exit with 143 whatever the job said.
        Runtime.getRuntime().halt(exitCode);
    }

    private int codeOf(String[] args, Job job) {
        Map<String, String> environment = System.getenv();
        try {
            Path directory = directory(environment);
            try (FileChannel lock = FileChannel.open(directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                int code = isAlone(lock) ? outcome(job, new JobContext(event(args, environment), Files.createDirectories(scratch(directory)), () -> stop)) : JobExitCodes.RESTART;
                ExitRecord.write(directory, code);
                return code;
            }
        } catch (Exception e) {
            LOG.error("The job could not begin: {}", e.getMessage(), e);
            return JobExitCodes.RESTART;
        }
    }

    /**
     * A service that was killed right after it had started this job's process knows nothing of it, and starts another. The
     * system releases the lock with the process, however that ends.
     */
    private static boolean isAlone(FileChannel lock) throws IOException {
        if (lock.tryLock() != null) {
            return true;
        }
        LOG.warn("Another process does this job already; this one asks to be started again later.");
        return false;
    }

    static int outcome(Job job, JobContext context) {
        try {
            job.run(context);
            return JobExitCodes.DONE;
        } catch (JobStopped e) {
            LOG.info("Stopped, to be started again: {}", e.getMessage());
            return JobExitCodes.RESTART;
        } catch (Throwable e) {
            return told(job, context, JobFailure.of(e));
        }
    }

    private static int told(Job job, JobContext context, JobFailure failure) {
        LOG.error("Failed code={} userError={}: {}", failure.code(), failure.userError(), failure.getMessage(), failure);
        try {
            job.tell(context, failure);
            return failure.exitCode();
        } catch (Exception e) {
            LOG.error("Nobody could be told of the failure, so the job asks to be started again: {}", e.getMessage(), e);
            return JobExitCodes.RESTART;
        }
    }

    static String event(String[] args, Map<String, String> environment) throws IOException {
        if (args.length == 2 && args[0].equals("--event")) {
            return Files.readString(Path.of(args[1]));
        }
        String event = JobEvent.join(environment);
        if (args.length > 0 || event.isBlank()) {
            throw new IllegalArgumentException("Expected --event FILE or the environment variable " + JobEvent.VARIABLE + ", found "
                    + (args.length > 0 ? String.join(" ", args) : "neither") + ".");
        }
        return event;
    }

    /** Where the job works, apart from the files of its launcher. */
    static Path scratch(Path directory) {
        return directory.resolve("work");
    }

    private static Path directory(Map<String, String> environment) throws IOException {
        String directory = environment.get(DIRECTORY);
        return directory == null ? Files.createTempDirectory("hone-job-") : Files.createDirectories(Path.of(directory));
    }
}
