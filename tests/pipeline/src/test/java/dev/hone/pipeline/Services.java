package dev.hone.pipeline;

import dev.hone.testkit.Await;
import dev.hone.testkit.LocalServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The packaged services as processes, on ports that were free. What each says is in the folder, under its name. */
final class Services implements AutoCloseable {
    private static final Path ROOT = Path.of(System.getProperty("hone.root"));
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final List<String> JVM = List.of("--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-XX:+UseSerialGC");

    private final Path folder;
    private final Map<String, String> environment;
    private final Map<String, Process> running = new LinkedHashMap<>();
    private final Map<String, Integer> ports = new LinkedHashMap<>();

    /** @param environment what all of them get */
    Services(Path folder, Map<String, String> environment) {
        this.folder = folder;
        this.environment = environment;
    }

    /** Starts one and returns when it is ready. */
    void start(String name, String heap, Map<String, String> more) throws IOException {
        Path jar = ROOT.resolve("services/" + name + "/target/quarkus-app/quarkus-run.jar");
        if (!Files.exists(jar)) {
            throw new AssertionError("Expected the packaged service " + name + ", found no " + jar + ". The whole build packages it before these tests.");
        }
        int port = LocalServer.freePort();
        Map<String, String> own = new LinkedHashMap<>(environment);
        own.putAll(Map.of("QUARKUS_HTTP_HOST", "127.0.0.1", "QUARKUS_HTTP_PORT", String.valueOf(port), "HONE_WORK_DIR", folder.resolve(name + "-work").toString()));
        own.putAll(more);
        running.put(name, java(name, heap, List.of("-jar", jar.toString()), own));
        ports.put(name, port);
        Await.until(name + " to be ready; it said: " + folder.resolve(name + ".log"), PATIENCE, () -> isReady(name, port));
    }

    /** Runs the command line until it ends. @return its exit code */
    int hone(String name, Duration patience, List<String> arguments) throws IOException, InterruptedException {
        Path target = ROOT.resolve("cli/target");
        List<String> command = new ArrayList<>(List.of("-Dhone.root=" + ROOT, "-cp", target.resolve("hone-cli-0.1.0.jar") + ":" + target.resolve("lib") + "/*", "dev.hone.cli.Hone"));
        command.addAll(arguments);
        Process process = java(name, "256m", command, environment);
        running.put(name, process);
        if (!process.waitFor(patience.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("Expected hone " + arguments + " to end within " + patience.toMinutes() + " minutes, found that it had said: " + said(name));
        }
        return process.exitValue();
    }

    String url(String service) {
        return "http://127.0.0.1:" + ports.get(service);
    }

    String said(String name) throws IOException {
        return Files.readString(folder.resolve(name + ".log"));
    }

    private Process java(String name, String heap, List<String> arguments, Map<String, String> variables) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx" + heap));
        command.addAll(JVM);
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(folder.resolve(name + ".log").toFile());
        builder.environment().putAll(variables);
        return builder.start();
    }

    private boolean isReady(String name, int port) {
        if (!running.get(name).isAlive()) {
            throw new AssertionError("Expected " + name + " to run, found that it ended. It said: " + folder.resolve(name + ".log"));
        }
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/q/health/ready")).timeout(Duration.ofSeconds(5)).build();
        try (HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted while waiting for " + name, e);
        }
    }

    /** All are told to end, and waited for. */
    @Override
    public void close() throws InterruptedException {
        running.values().forEach(Process::destroy);
        for (Process process : running.values()) {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }
}
