package dev.hone.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.testkit.Await;
import dev.hone.testkit.HoneTestResource;
import dev.hone.v1.ChatRequest;
import dev.hone.v1.FinishReason;
import dev.hone.v1.GenerateReply;
import dev.hone.v1.InferenceGrpc;
import dev.hone.v1.ListModelsRequest;
import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.netty.handler.ssl.SslContextBuilder;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One replica with keys, tokens, and a second port that wants a client's certificate. */
@QuarkusTest
@QuarkusTestResource(HoneTestResource.class)
@QuarkusTestResource(DeployedBeforeStart.class)
@TestProfile(Guarded.class)
class AccessIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String CHAT = "{\"model\": \"veteran\", \"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}], \"max_tokens\": 2}";

    @TestHTTPResource("/")
    URL service;

    @TestHTTPResource(value = "/", tls = true)
    URL tls;

    private final HttpClient http = HttpClient.newHttpClient();
    private Client grpc;

    @BeforeEach
    void connect() throws Exception {
        grpc = new Client(service.getPort());
        Await.until("readiness", PATIENCE, () -> get(http, service + "q/health/ready").statusCode() == 200);
    }

    @AfterEach
    void disconnect() throws InterruptedException {
        grpc.close();
        http.close();
    }

    private static HttpResponse<String> send(HttpClient http, HttpRequest request) {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static HttpResponse<String> get(HttpClient http, String url) {
        return send(http, HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE).build());
    }

    private int chat(String header, String value) {
        return send(http, HttpRequest.newBuilder(URI.create(service + "v1/chat/completions")).timeout(PATIENCE).header(header, value)
                .POST(HttpRequest.BodyPublishers.ofString(CHAT)).build()).statusCode();
    }

    private InferenceGrpc.InferenceBlockingStub stub(String header, String value) {
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of(header, Metadata.ASCII_STRING_MARSHALLER), value);
        return grpc.stub().withDeadlineAfter(60, TimeUnit.SECONDS).withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private static GenerateReply last(Iterator<GenerateReply> replies) {
        GenerateReply last = replies.next();
        while (replies.hasNext()) {
            last = replies.next();
        }
        return last;
    }

    private static Status.Code code(org.junit.jupiter.api.function.Executable call) {
        return assertThrows(StatusRuntimeException.class, call).getStatus().getCode();
    }

    private static ChatRequest question() {
        return Client.chat("veteran", "Hello", Client.greedy(2));
    }

    @Test
    void givenNoKey_whenAsked_thenOnlyHealthMetricsAndReflectionAreOpen() {
        assertEquals(Status.Code.UNAUTHENTICATED, code(() -> grpc.stub().chat(question()).next()));
        assertEquals(Status.Code.UNAUTHENTICATED, code(() -> grpc.stub().listModels(ListModelsRequest.getDefaultInstance())));
        HttpResponse<String> models = get(http, service + "v1/models");
        assertEquals(401, models.statusCode());
        assertTrue(models.body().contains("invalid_api_key"), models.body());

        assertEquals(200, get(http, service + "q/health/live").statusCode());
        assertEquals(200, get(http, service + "q/metrics").statusCode());
        assertEquals("SERVING", HealthGrpc.newBlockingStub(grpc.channel()).check(HealthCheckRequest.getDefaultInstance()).getStatus().name());
        assertTrue(new GrpcTool(grpc.channel()).services().contains("hone.v1.Inference"));
    }

    @Test
    void givenKeysByDigestAndByFile_whenShown_thenTheirHoldersAreAnswered() {
        assertEquals(200, chat("authorization", "Bearer " + Guarded.KEY));
        assertEquals(200, chat("x-api-key", Guarded.KEY_IN_FILE));
        assertEquals(401, chat("authorization", "Bearer " + Guarded.KEY + "x"));
        assertEquals(FinishReason.FINISH_REASON_LENGTH, last(stub("authorization", "Bearer " + Guarded.KEY).chat(question())).getFinishReason());
        assertEquals(FinishReason.FINISH_REASON_LENGTH, last(stub("x-api-key", Guarded.KEY_IN_FILE).chat(question())).getFinishReason());
    }

    @Test
    void givenAKeyWithLimits_whenTheyAreReached_thenEachProtocolSaysSo() {
        assertEquals(Status.Code.PERMISSION_DENIED, code(() -> stub("x-api-key", Guarded.NARROW_KEY).chat(question().toBuilder().setModel("retired").build()).next()));
        assertEquals(200, chat("x-api-key", Guarded.NARROW_KEY));
        assertEquals(429, chat("x-api-key", Guarded.NARROW_KEY));
        assertEquals(Status.Code.RESOURCE_EXHAUSTED, code(() -> stub("x-api-key", Guarded.NARROW_KEY).chat(question()).next()));
    }

    @Test
    void givenOidcTokens_whenTheyAreValid_thenTheirSubjectsAreAnsweredAndOthersAreNot() {
        long now = System.currentTimeMillis() / 1000;
        String valid = "Bearer " + Guarded.token("ali", now + 600);

        assertEquals(200, chat("authorization", valid));
        assertEquals(FinishReason.FINISH_REASON_LENGTH, last(stub("authorization", valid).chat(question())).getFinishReason());
        String expired = "Bearer " + Guarded.token("ali", now - 600);
        assertEquals(401, chat("authorization", expired));
        assertEquals(Status.Code.UNAUTHENTICATED, code(() -> stub("authorization", expired).chat(question()).next()));
        assertEquals(401, chat("authorization", valid.substring(0, valid.length() - 8) + "AAAAAAAA"));
    }

    @Test
    void givenThePortWithTls_whenTheClientHasACertificate_thenItIsServedAndOthersAreNot() throws Exception {
        try (HttpClient known = HttpClient.newBuilder().sslContext(Guarded.CERTIFICATES.context(true)).build();
                HttpClient unknown = HttpClient.newBuilder().sslContext(Guarded.CERTIFICATES.context(false)).build()) {
            HttpResponse<String> served = send(known, HttpRequest.newBuilder(URI.create(tls + "v1/models")).header("x-api-key", Guarded.KEY).build());
            assertEquals(200, served.statusCode());
            assertEquals(HttpClient.Version.HTTP_2, served.version());
            assertThrows(java.io.UncheckedIOException.class, () -> get(unknown, tls + "q/health/live"));
        }
        ManagedChannel channel = NettyChannelBuilder.forAddress("localhost", tls.getPort())
                .sslContext(GrpcSslContexts.configure(SslContextBuilder.forClient().keyManager(Guarded.CERTIFICATES.clientKeys()).trustManager(Guarded.CERTIFICATES.trust())).build()).build();
        try {
            Metadata key = new Metadata();
            key.put(Metadata.Key.of("x-api-key", Metadata.ASCII_STRING_MARSHALLER), Guarded.KEY);
            var stub = InferenceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS).withInterceptors(MetadataUtils.newAttachHeadersInterceptor(key));
            assertEquals(FinishReason.FINISH_REASON_LENGTH, last(stub.chat(question())).getFinishReason());
        } finally {
            channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        }
    }
}
