package dev.hone.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.sun.net.httpserver.HttpServer;
import dev.hone.testkit.Await;
import dev.hone.testkit.HoneServers;
import dev.hone.v1.InferenceGrpc;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Traces of a replica in a process of its own, as a collector gets them (OTLP over HTTP). */
class TracingIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String GRPC_TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String HTTP_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String SECRET = "nobody may read this";

    @TempDir Path folder;

    /** Bodies as text of one byte a character, so that ids and names can be looked for alike. */
    private final List<String> collected = new CopyOnWriteArrayList<>();
    private HttpServer collector;

    @BeforeEach
    void listen() throws IOException {
        collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        collector.createContext("/v1/traces", exchange -> {
            collected.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
            exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        collector.start();
    }

    @AfterEach
    void stop() {
        collector.stop(0);
    }

    @Test
    void givenCallersWithTraces_whenTheyAskOverGrpcAndHttp_thenTheCollectorGetsTheSpansOfTheirTracesAndNoText() throws Exception {
        TinyModels.deploy(TinyModels.published("traced", "t1"));
        try (ServiceProcess service = ServiceProcess.start(folder, HoneServers.start().bootstrapServers(), Map.of(
                "QUARKUS_OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:" + collector.getAddress().getPort(),
                "QUARKUS_OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", "QUARKUS_OTEL_BSP_SCHEDULE_DELAY", "100ms"))) {
            Await.until("readiness", PATIENCE, () -> service.readiness() == 200);

            traced(service.stub(), GRPC_TRACE).chat(Client.chat("traced", SECRET, Client.greedy(4))).forEachRemaining(piece -> { });
            assertEquals(200, overHttp(service, HTTP_TRACE));

            for (String trace : List.of(GRPC_TRACE, HTTP_TRACE)) {
                Await.until("spans of trace " + trace + " among " + collected.size() + " exports", PATIENCE, () -> count(bytes(trace)) >= 5);
            }
            for (String name : List.of("queue", "prefill", "decode", "hone answer traced", "gen_ai.usage.output_tokens", "hone.revision")) {
                Await.until("a span's " + name, PATIENCE, () -> count(name) >= 2);
            }
            assertFalse(collected.stream().anyMatch(body -> body.contains(SECRET)), "a prompt is no attribute");
        }
    }

    private static InferenceGrpc.InferenceBlockingStub traced(InferenceGrpc.InferenceBlockingStub stub, String trace) {
        Metadata metadata = new Metadata();
        metadata.put(Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER), parent(trace));
        return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata));
    }

    private static int overHttp(ServiceProcess service, String trace) throws IOException, InterruptedException {
        String body = "{\"model\":\"traced\",\"max_tokens\":4,\"messages\":[{\"role\":\"user\",\"content\":\"" + SECRET + "\"}]}";
        try (HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            return http.send(HttpRequest.newBuilder(URI.create("http://localhost:" + service.port() + "/v1/chat/completions")).header("Content-Type", "application/json")
                    .header("traceparent", parent(trace)).POST(HttpRequest.BodyPublishers.ofString(body)).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString()).statusCode();
        }
    }

    private static String parent(String trace) {
        return "00-" + trace + "-b7ad6b7169203331-01";
    }

    private static String bytes(String hex) {
        return new String(HexFormat.of().parseHex(hex), StandardCharsets.ISO_8859_1);
    }

    private int count(String what) {
        return collected.stream().mapToInt(body -> {
            int found = 0;
            for (int at = body.indexOf(what); at >= 0; at = body.indexOf(what, at + 1)) {
                found++;
            }
            return found;
        }).sum();
    }
}
