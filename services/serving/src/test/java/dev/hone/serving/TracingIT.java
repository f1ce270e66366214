package dev.hone.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.events.Cause;
import dev.hone.testkit.Await;
import dev.hone.testkit.HoneServers;
import dev.hone.testkit.TraceCollector;
import dev.hone.testkit.Traces;
import dev.hone.v1.InferenceGrpc;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Traces of a replica in a process of its own, as a collector gets them (OTLP over HTTP). */
class TracingIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String GRPC_TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String HTTP_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String DEPLOY_TRACE = "5bf92f3577b34da6a3ce929d0e0e4737";
    private static final String SECRET = "nobody may read this";

    @TempDir Path folder;

    private final TraceCollector collector = TraceCollector.start();
    private final Traces traces = new Traces(collector.endpoint());

    @AfterEach
    void stop() {
        collector.close();
    }

    @Test
    void givenCallersAndADeployWithTraces_whenTheyArrive_thenTheCollectorGetsTheSpansOfTheirTracesAndNoText() throws Exception {
        TinyModels.deploy(TinyModels.published("traced", "t1"));
        try (ServiceProcess service = ServiceProcess.start(folder, HoneServers.start().bootstrapServers(), Map.of(
                "OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint(), "QUARKUS_OTEL_BSP_SCHEDULE_DELAY", "100ms"))) {
            Await.until("readiness", PATIENCE, () -> service.readiness() == 200);

            traced(service.stub(), GRPC_TRACE).chat(Client.chat("traced", SECRET, Client.greedy(4))).forEachRemaining(piece -> { });
            assertEquals(200, overHttp(service, HTTP_TRACE));
            for (String trace : List.of(GRPC_TRACE, HTTP_TRACE)) {
                for (String part : List.of("queue", "prefill", "decode")) {
                    List<Traces.Span> chain = traces.awaitChain(trace, PATIENCE, "hone answer traced", part);
                    assertTrue(chain.getFirst().attributes().contains("gen_ai.usage.output_tokens=") && chain.getFirst().attributes().contains("hone.revision=t1"), chain.toString());
                }
                assertFalse(traces.of(trace).toString().contains(SECRET), "a prompt is no attribute");
            }

            TinyModels.deploy(TinyModels.published("later", "t2"), new Cause("deploy-later", "t2", Traces.parent(DEPLOY_TRACE)));
            traces.awaitChain(DEPLOY_TRACE, PATIENCE, "process deploy", "load later", "fetch");
        }
    }

    private static InferenceGrpc.InferenceBlockingStub traced(InferenceGrpc.InferenceBlockingStub stub, String trace) {
        Metadata metadata = new Metadata();
        metadata.put(Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER), Traces.parent(trace));
        return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata));
    }

    private static int overHttp(ServiceProcess service, String trace) throws IOException, InterruptedException {
        String body = "{\"model\":\"traced\",\"max_tokens\":4,\"messages\":[{\"role\":\"user\",\"content\":\"" + SECRET + "\"}]}";
        try (HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            return http.send(HttpRequest.newBuilder(URI.create("http://localhost:" + service.port() + "/v1/chat/completions")).header("Content-Type", "application/json")
                    .header("traceparent", Traces.parent(trace)).POST(HttpRequest.BodyPublishers.ofString(body)).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString()).statusCode();
        }
    }
}
