package dev.hone.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One of the local servers as a child process that ends when this JVM does, however that happens. */
public final class LocalServer implements AutoCloseable {

    /** Generous: on a loaded machine a JVM that needs 3 s alone needs many times that. */
    private static final Duration START_TIMEOUT = Duration.ofSeconds(120);

    private final Process process;
    private final int port;

    private LocalServer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** A broker whose records live in {@code dir}. */
    public static LocalServer kafka(Path dir, int port) {
        return start("kafka", "dev.hone.local.kafka.LocalKafka", dir, port, List.of());
    }

    /** A broker whose clients come over TLS and have names. @param security as the local broker's option says */
    public static LocalServer secureKafka(Path dir, int port, Path security) {
        return start("kafka", "dev.hone.local.kafka.LocalKafka", dir, port, List.of("--security", security.toString()));
    }

    /** An S3 server reached by https. */
    public static LocalServer secureS3(Path dir, int port, HoneServers names, Certificates certificates) {
        return start("s3", "dev.hone.local.s3.LocalS3", dir, port, List.of("--access-key", names.accessKey(), "--secret-key", names.secretKey(),
                "--bucket", names.bucket(), "--keystore", certificates.serverStore().toString(), "--keystore-password", Certificates.PASSWORD));
    }

    /** An S3 server whose objects live in {@code dir}. */
    public static LocalServer s3(Path dir, int port, String accessKey, String secretKey, String bucket) {
        return start("s3", "dev.hone.local.s3.LocalS3", dir, port,
                List.of("--access-key", accessKey, "--secret-key", secretKey, "--bucket", bucket));
    }

    /** A port nobody listens on right now. */
    public static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    /** SIGTERM, as an orderly stop. */
    @Override
    public void close() {
        process.destroy();
        awaitEnd();
    }

    /** SIGKILL, as a crash. */
    public void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }

    private static LocalServer start(String name, String mainClass, Path dir, int port, List<String> more) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--sun-misc-unsafe-memory-access=allow",
                "-cp", classpath(name), mainClass,
                "--dir", dir.toString(), "--port", String.valueOf(port), "--die-with-parent"));
        command.addAll(more);
        try {
            Files.createDirectories(dir);
            Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            awaitReady(name, process);
            return new LocalServer(process, port);
        } catch (IOException e) {
            throw new UncheckedIOException("Could not start the local " + name + " server", e);
        }
    }

    private static void awaitReady(String name, Process process) {
        CompletableFuture<Void> ready = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("stdout-" + name).start(() -> drain(name, process, ready));
        try {
            ready.get(START_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException | java.util.concurrent.ExecutionException e) {
            process.destroyForcibly();
            throw new IllegalStateException("Expected the local " + name + " server to say READY within "
                    + START_TIMEOUT.toSeconds() + " s, found that it did not; its own words are above.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
            throw new IllegalStateException("Interrupted while the local " + name + " server started", e);
        }
    }

    private static void drain(String name, Process process, CompletableFuture<Void> ready) {
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("READY " + name)) {
                    ready.complete(null);
                }
            }
        } catch (IOException e) {
            // The server was killed: a test may want just that.
        }
        ready.completeExceptionally(new IOException("the process ended"));
    }

    private static String classpath(String name) {
        String root = System.getProperty("hone.root");
        if (root == null) {
            throw new IllegalStateException("Expected the system property hone.root to name the repository's root, found none."
                    + " Maven sets it; in an IDE add -Dhone.root=<path> to the test's VM options.");
        }
        Path target = Path.of(root, "local", name, "target");
        Path jar = target.resolve("hone-local-" + name + "-0.1.0.jar");
        if (!Files.exists(jar) || !Files.isDirectory(target.resolve("lib"))) {
            throw new IllegalStateException("Expected " + jar + " and its lib folder, found them not built."
                    + " Run: mvn -pl local/" + name + " package");
        }
        return jar + java.io.File.pathSeparator + target.resolve("lib") + "/*";
    }
}
