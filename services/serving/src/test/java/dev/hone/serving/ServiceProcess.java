package dev.hone.serving;

import dev.hone.testkit.HoneServers;
import dev.hone.v1.InferenceGrpc;
import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The service as it is packaged, in a process of its own that can be told to stop. */
final class ServiceProcess implements AutoCloseable {
    private static final List<String> JVM = List.of("--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow", "-Xmx512m", "-XX:+UseSerialGC");

    private final Process process;
    private final Path log;
    private final int port;
    private final ManagedChannel channel;

    private ServiceProcess(Process process, Path log, int port) {
        this.process = process;
        this.log = log;
        this.port = port;
        this.channel = NettyChannelBuilder.forAddress("localhost", port).usePlaintext().build();
    }

    /** @param settings environment variables besides the addresses of broker and store */
    static ServiceProcess start(Path folder, String broker, Map<String, String> settings) throws IOException {
        HoneServers servers = HoneServers.start();
        int port = freePort();
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(JVM);
        command.addAll(List.of("-jar", Path.of(System.getProperty("hone.root"), "services/serving/target/quarkus-app/quarkus-run.jar").toString()));
        Path log = folder.resolve("serving.log");
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().putAll(Map.of("KAFKA_BOOTSTRAP_SERVERS", broker, "HONE_STORE_ENDPOINT", servers.storeEndpoint(), "HONE_STORE_ACCESS_KEY", servers.accessKey(),
                "HONE_STORE_SECRET_KEY", servers.secretKey(), "HONE_STORE_BUCKET", servers.bucket(), "HONE_WORK_DIR", folder.resolve("work").toString(),
                "QUARKUS_HTTP_HOST", "127.0.0.1", "QUARKUS_HTTP_PORT", String.valueOf(port)));
        builder.environment().putAll(settings);
        return new ServiceProcess(builder.start(), log, port);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    int port() {
        return port;
    }

    InferenceGrpc.InferenceBlockingStub stub() {
        return InferenceGrpc.newBlockingStub(channel);
    }

    HealthGrpc.HealthStub watcher() {
        return HealthGrpc.newStub(channel);
    }

    /** @return the status' name, or UNREACHABLE */
    String health() {
        try {
            HealthCheckResponse response = HealthGrpc.newBlockingStub(channel).withDeadlineAfter(5, TimeUnit.SECONDS).check(HealthCheckRequest.getDefaultInstance());
            return response.getStatus().name();
        } catch (StatusRuntimeException e) {
            return "UNREACHABLE";
        }
    }

    /** @return the HTTP status of the readiness probe, or 0 */
    int readiness() {
        try (HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            return http.send(HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/q/health/ready")).timeout(Duration.ofSeconds(5)).build(),
                    HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** @return the exit code */
    int awaitEnd(Duration patience) throws InterruptedException, IOException {
        if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("Expected the service to end within " + patience + ", found that it runs.\n" + said());
        }
        return process.exitValue();
    }

    String said() throws IOException {
        return Files.readString(log);
    }

    @Override
    public void close() throws InterruptedException {
        channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        process.destroyForcibly().waitFor();
    }
}
