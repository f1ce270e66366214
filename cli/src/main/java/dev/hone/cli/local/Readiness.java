package dev.hone.cli.local;

import dev.hone.cli.console.Failure;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Waits until a process can be used. */
final class Readiness implements AutoCloseable {
    /** A JVM that needs 3 s alone needs many times that on a loaded machine. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration PAUSE = Duration.ofMillis(150);
    private static final Duration ONE_ANSWER = Duration.ofSeconds(5);

    private final HttpClient http = HttpClient.newBuilder()
            // offered HTTP/2, a server that was just starting once left the client waiting for an answer that never came
            .version(HttpClient.Version.HTTP_1_1).connectTimeout(ONE_ANSWER).build();

    /** @throws Failure when the process ends, or is not ready after minutes */
    void await(Server server) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!isReady(server)) {
            if (!server.isAlive()) {
                throw server.obituary();
            }
            if (System.nanoTime() > end) {
                throw new Failure("Expected " + server.spec().name() + " to be ready within " + PATIENCE.toMinutes()
                        + " minutes, found that it is not. Its log: " + server.log());
            }
            Thread.sleep(PAUSE);
        }
    }

    private boolean isReady(Server server) throws IOException, InterruptedException {
        return server.spec().health().isPresent() ? isHealthy(server.spec().health().get()) && server.isAlive() : server.hasSaidReady();
    }

    private boolean isHealthy(URI health) throws InterruptedException {
        try {
            HttpRequest request = HttpRequest.newBuilder(health).timeout(ONE_ANSWER).build();
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        // The client's own close() would wait seconds for its thread to look up.
        http.shutdownNow();
    }
}
