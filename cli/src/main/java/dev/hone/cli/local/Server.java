package dev.hone.cli.local;

import dev.hone.cli.console.Failure;
import dev.hone.cli.home.Home;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** A process that is kept running: started, started again with back-off when it dies, stopped in order. */
final class Server {
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    /** A process that ran this long was well: the next death starts with the first pause again. */
    private static final Duration STEADY = Duration.ofMinutes(1);
    private static final long LARGEST_LOG_BYTES = 20L << 20;
    private static final int LAST_WORDS = 12;
    private static final String READY = "READY ";

    private final ServerSpec spec;
    private final Home home;
    private final Consumer<String> say;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private Process process;
    private long logStart;

    Server(ServerSpec spec, Home home, Consumer<String> say) {
        this.spec = spec;
        this.home = home;
        this.say = say;
    }

    ServerSpec spec() {
        return spec;
    }

    synchronized long pid() {
        return process.pid();
    }

    /** Starts it for the first time. */
    void start() throws IOException {
        Files.createDirectories(spec.folder());
        Files.createDirectories(log().getParent());
        putLargeLogAside();
        launch();
    }

    /** From here on a death is answered with a new start. Call when it was ready once. */
    void watch() {
        Thread.ofPlatform().daemon().name("watch-" + spec.name()).start(this::keepRunning);
    }

    synchronized boolean isAlive() {
        return process.isAlive();
    }

    /** Asks it to end, and sees to it that it and all it started do. */
    void stop() {
        stopped.countDown();
        Process last;
        synchronized (this) {
            last = process;
        }
        if (last == null) {
            return;
        }
        List<ProcessHandle> jobs = last.descendants().toList();
        last.destroy();
        awaitOrKill(last);
        jobs.stream().filter(ProcessHandle::isAlive).forEach(Leftovers::stopTree);
        forget();
    }

    /**
     * Whether this very process has said so on its standard output. An open port would not do: it may be another's that
     * was faster.
     */
    synchronized boolean hasSaidReady() throws IOException {
        try (FileChannel channel = FileChannel.open(log())) {
            ByteBuffer said = ByteBuffer.allocate((int) Math.min(1 << 20, channel.size() - logStart));
            channel.read(said, logStart);
            return new String(said.array(), StandardCharsets.ISO_8859_1).lines().anyMatch(line -> line.startsWith(READY));
        }
    }

    /** Why it ended while nobody asked for it, with what it said last. */
    Failure obituary() {
        return new Failure(spec.name() + " ended with exit code " + process.exitValue() + " while starting. It said last:\n"
                + lastWords() + "\nThe whole log: " + log());
    }

    Path log() {
        return home.log(spec.name());
    }

    private synchronized void launch() throws IOException {
        if (isStopped()) {
            return;
        }
        ProcessBuilder builder = new ProcessBuilder(spec.command()).directory(spec.folder().toFile())
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
        builder.environment().putAll(spec.environment());
        logStart = log().toFile().length();
        process = builder.start();
        Leftovers.mark(home, spec.name(), process.toHandle());
    }

    private void keepRunning() {
        Duration pause = FIRST_PAUSE;
        try {
            for (;;) {
                long started = System.nanoTime();
                awaitDeath();
                if (isStopped()) {
                    return;
                }
                pause = System.nanoTime() - started > STEADY.toNanos() ? FIRST_PAUSE : pause;
                say.accept(spec.name() + " ended unasked with exit code " + process.exitValue() + "; starting it again in "
                        + pause.toSeconds() + " s. Its log: " + log());
                if (stopped.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
                launch();
                pause = shorter(pause.multipliedBy(2), LONGEST_PAUSE);
            }
        } catch (IOException e) {
            say.accept(spec.name() + " could not be started again: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Looks for Jobs meanwhile: after the service's death they can no longer be told from other processes. */
    private void awaitDeath() throws InterruptedException {
        while (!process.waitFor(2, TimeUnit.SECONDS)) {
            Leftovers.markJobs(home, spec.name(), process.toHandle());
        }
    }

    private void awaitOrKill(Process last) {
        try {
            if (!last.waitFor(spec.patience().toMillis(), TimeUnit.MILLISECONDS)) {
                say.accept(spec.name() + " did not end within " + spec.patience().toSeconds() + " s and is killed.");
                last.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            last.destroyForcibly();
        }
    }

    private void forget() {
        try {
            Leftovers.unmark(home, spec.name());
        } catch (IOException e) {
            say.accept("The mark of " + spec.name() + " could not be removed: " + e.getMessage());
        }
    }

    private boolean isStopped() {
        return stopped.getCount() == 0;
    }

    private void putLargeLogAside() throws IOException {
        File log = log().toFile();
        if (log.length() > LARGEST_LOG_BYTES) {
            Files.move(log.toPath(), home.log(spec.name() + ".old"), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private String lastWords() {
        try {
            // Where in the code it happened is for the log; what happened is for whoever started it.
            List<String> lines = Files.readAllLines(log(), StandardCharsets.ISO_8859_1).stream()
                    .filter(line -> !line.isBlank() && !line.matches("\\s+(at |\\.\\.\\.).*")).toList();
            return lines.stream().skip(Math.max(0, lines.size() - LAST_WORDS)).map(line -> "  " + line).collect(Collectors.joining("\n"));
        } catch (IOException e) {
            return "  (nothing: " + e.getMessage() + ")";
        }
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
