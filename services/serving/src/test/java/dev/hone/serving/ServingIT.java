package dev.hone.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.testkit.Await;
import dev.hone.testkit.HoneServers;
import dev.hone.testkit.HoneTestResource;
import dev.hone.testkit.KafkaProbe;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.ChatRequest;
import dev.hone.v1.FeedbackRequest;
import dev.hone.v1.FinishReason;
import dev.hone.v1.GenerateReply;
import dev.hone.v1.GenerateRequest;
import dev.hone.v1.Sampling;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(HoneTestResource.class)
@QuarkusTestResource(DeployedBeforeStart.class)
class ServingIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TestHTTPResource("/")
    URL service;

    private Client client;

    @BeforeEach
    void connect() {
        client = new Client(service.getPort());
        client.awaitModel("veteran", model -> model.getState().equals("serving"));
    }

    @AfterEach
    void disconnect() throws InterruptedException {
        client.close();
    }

    private static void deployed(Client client, String name, String revision) {
        TinyModels.deploy(TinyModels.published(name, revision));
        client.awaitModel(name, model -> model.getState().equals("serving") && model.getRevision().equals(revision));
    }

    private Status.Code codeOf(org.junit.jupiter.api.function.Executable call) {
        return assertThrows(StatusRuntimeException.class, call).getStatus().getCode();
    }

    @Test
    void givenATopicWithAPast_whenTheServiceStarts_thenItServesTheLastWordAndIsReady() throws Exception {
        assertEquals("v2", client.model("veteran").orElseThrow().getRevision());
        assertTrue(client.model("retired").isEmpty());
        Await.until("readiness", PATIENCE, () -> status("q/health/ready") == 200);
        try (KafkaProbe probe = new KafkaProbe(HoneServers.start().bootstrapServers())) {
            ConsumerRecord<String, byte[]> dead = probe.await("dlq.serving", PATIENCE, record -> KafkaProbe.text(record).contains("revison"));
            assertEquals("invalid_json", KafkaProbe.header(dead, "hone_error_code"));
        }
    }

    @Test
    void givenADeployEvent_whenAsked_thenTheAnswerStreamsWithOneIdAndUsage() {
        deployed(client, "streams", "s1");

        Client.Answer answer = client.ask(Client.chat("streams", "How do I reset my smartphone?", Client.greedy(24)));

        Set<String> ids = new HashSet<>(answer.pieces().stream().map(GenerateReply::getAnswerId).toList());
        assertEquals(1, ids.size());
        assertTrue(answer.pieces().size() > 2, "expected several pieces, found " + answer.pieces().size());
        assertTrue(answer.pieces().stream().allMatch(piece -> piece.getRevision().equals("s1")));
        assertEquals(24, answer.last().getUsage().getCompletionTokens());
        assertTrue(answer.last().getUsage().getPromptTokens() > 5);
        assertEquals(FinishReason.FINISH_REASON_LENGTH, answer.last().getFinishReason());
        assertEquals(answer.text(), client.ask(Client.chat("streams", "How do I reset my smartphone?", Client.greedy(24))).text());
    }

    @Test
    void givenASeed_whenAskedTwice_thenAnswersAreEqualAndAnotherSeedGivesAnother() {
        Sampling warm = Sampling.newBuilder().setTemperature(1).setTopP(0.95f).setTopK(50).setSeed(5).setMaxTokens(20).build();

        String first = client.ask(Client.chat("veteran", "Hello", warm)).text();
        assertEquals(first, client.ask(Client.chat("veteran", "Hello", warm)).text());
        assertNotEquals(first, client.ask(Client.chat("veteran", "Hello", warm.toBuilder().setSeed(6).build())).text());
    }

    @Test
    void givenAStopString_whenTheAnswerWouldHoldIt_thenItEndsBefore() {
        String whole = client.ask(Client.chat("veteran", "Hello", Client.greedy(40))).text();
        String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 3);

        Client.Answer answer = client.ask(Client.chat("veteran", "Hello", Client.greedy(40).toBuilder().addStop(stop).build()));

        assertEquals(whole.substring(0, whole.indexOf(stop)), answer.text());
        assertEquals(FinishReason.FINISH_REASON_STOP, answer.last().getFinishReason());
    }

    @Test
    void givenALongAnswer_whenStreamed_thenAll2000TokensArrive() {
        Client.Answer answer = client.ask(Client.chat("veteran", "Tell me everything", Client.greedy(2000)));

        assertEquals(2000, answer.last().getUsage().getCompletionTokens());
        assertTrue(answer.pieces().size() > 200, "expected a stream, found " + answer.pieces().size() + " pieces");
    }

    @Test
    void givenARawPrompt_whenGenerating_thenItIsContinued() {
        Iterator<GenerateReply> pieces = client.stub().generate(GenerateRequest.newBuilder().setModel("veteran").setPrompt("The battery").setSampling(Client.greedy(3)).build());

        GenerateReply last = pieces.next();
        while (pieces.hasNext()) {
            last = pieces.next();
        }
        assertEquals(3, last.getUsage().getCompletionTokens());
    }

    @Test
    void givenRequestsThatCannotBeAnswered_whenSent_thenEachGetsItsCodeAndSentence() {
        assertEquals(Status.Code.NOT_FOUND, codeOf(() -> client.ask(Client.chat("nobody", "Hello", Client.greedy(1)))));
        assertEquals(Status.Code.INVALID_ARGUMENT, codeOf(() -> client.ask(ChatRequest.newBuilder().setModel("veteran").build())));
        assertEquals(Status.Code.INVALID_ARGUMENT, codeOf(() -> client.ask(Client.chat("veteran", "Hello", Sampling.newBuilder().setTopP(1.5f).build()))));
        assertEquals(Status.Code.INVALID_ARGUMENT, codeOf(() -> client.ask(Client.chat("veteran", "word ".repeat(6000), Client.greedy(1)))));
        String sentence = assertThrows(StatusRuntimeException.class, () -> client.ask(Client.chat("veteran", "Hello", Sampling.newBuilder().setTemperature(-1).build())))
                .getStatus().getDescription();
        assertTrue(sentence.contains("sampling.temperature"), sentence);
    }

    @Test
    void givenClientsThatAskWithoutPause_whenRevisionsAreSwapped_thenNoRequestFails() throws Exception {
        deployed(client, "swapped", "w1");
        AtomicBoolean stop = new AtomicBoolean();
        ConcurrentLinkedQueue<String> revisions = new ConcurrentLinkedQueue<>();
        try (ExecutorService clients = Executors.newFixedThreadPool(3)) {
            Set<Future<?>> running = new HashSet<>();
            for (int i = 0; i < 3; i++) {
                running.add(clients.submit(() -> {
                    while (!stop.get()) {
                        Set<String> of = new HashSet<>(client.ask(Client.chat("swapped", "Hello", Client.greedy(60))).pieces().stream().map(GenerateReply::getRevision).toList());
                        assertEquals(1, of.size());
                        revisions.addAll(of);
                    }
                }));
            }
            for (String revision : new String[] {"w2", "w3", "w4"}) {
                deployed(client, "swapped", revision);
                Await.until("an answer by " + revision, PATIENCE, () -> revisions.contains(revision));
            }
            stop.set(true);
            for (Future<?> one : running) {
                one.get(60, TimeUnit.SECONDS);
            }
        }
        assertTrue(revisions.size() > 10, "expected load, found " + revisions.size() + " answers");
    }

    @Test
    void givenADeployOfNothing_whenItCannotBeLoaded_thenTheFormerServesAndTheFailureIsAnEvent() {
        deployed(client, "sturdy", "u1");
        TinyModels.deploy(TinyModels.published("sturdy", "u2").toBuilder().setModel(ArtifactRef.newBuilder().setManifest("models/nowhere/int8/manifest.json")).build());

        var model = client.awaitModel("sturdy", m -> m.getState().equals("failed"));

        assertEquals("u1", model.getRevision());
        assertTrue(model.getMessage().contains("models/nowhere"), model.getMessage());
        assertEquals("u1", client.ask(Client.chat("sturdy", "Hello", Client.greedy(2))).last().getRevision());
        try (KafkaProbe probe = new KafkaProbe(HoneServers.start().bootstrapServers())) {
            ConsumerRecord<String, byte[]> failed = probe.await("run.failed", PATIENCE, record -> "u2".equals(record.key()));
            assertTrue(KafkaProbe.text(failed).contains("\"stage\":\"serve\""), KafkaProbe.text(failed));
        }
    }

    @Test
    void givenATombstone_whenItArrives_thenTheModelIsWithdrawn() {
        deployed(client, "gone", "g1");
        try (KafkaProbe probe = new KafkaProbe(HoneServers.start().bootstrapServers())) {
            probe.send("deploy", "gone", null, Map.of());
        }
        Await.until("the model gone", PATIENCE, () -> client.model("gone").isEmpty());
        assertEquals(Status.Code.NOT_FOUND, codeOf(() -> client.ask(Client.chat("gone", "Hello", Client.greedy(1)))));
    }

    @Test
    void givenAnAnswer_whenItsIdIsCorrected_thenTheFeedbackEventHoldsAllOfIt() {
        Client.Answer answer = client.ask(Client.chat("veteran", "How long is the warranty?", Client.greedy(5)));

        String id = client.stub().feedback(FeedbackRequest.newBuilder().setModel("veteran").setAnswerId(answer.last().getAnswerId())
                .setVerdict("bad").setCorrection("Two years.").build()).getEventId();

        try (KafkaProbe probe = new KafkaProbe(HoneServers.start().bootstrapServers())) {
            ConsumerRecord<String, byte[]> event = probe.await("feedback", PATIENCE, record -> id.equals(KafkaProbe.header(record, "ce_id")));
            assertEquals("veteran", event.key());
            assertEquals("dev.hone.feedback.given.v1", KafkaProbe.header(event, "ce_type"));
            String json = KafkaProbe.text(event);
            assertTrue(json.contains("How long is the warranty?") && json.contains("Two years.") && json.contains("datasets/tiny/manifest.json"), json);
        }
    }

    @Test
    void givenALongAnswer_whenTheClientCancels_thenTheServiceStopsMakingIt() {
        double before = metric("hone_serving_requests_total", "CANCELLED");
        Context.CancellableContext call = Context.current().withCancellation();
        call.run(() -> client.stub().chat(Client.chat("veteran", "Hello", Client.greedy(4000))).next());
        call.cancel(null);

        Await.until("the answer's end", PATIENCE, () -> metric("hone_serving_requests_total", "CANCELLED") > before);
    }

    @Test
    void givenADeadline_whenTheAnswerTakesLonger_thenTheServiceStopsMakingIt() {
        double before = metric("hone_serving_requests_total", "CANCELLED") + metric("hone_serving_requests_total", "DEADLINE_EXCEEDED");

        assertEquals(Status.Code.DEADLINE_EXCEEDED, codeOf(() -> client.stub().withDeadlineAfter(150, TimeUnit.MILLISECONDS)
                .chat(Client.chat("veteran", "Hello", Client.greedy(4000))).forEachRemaining(piece -> {})));
        // the client's own cancellation may come before the service looks at the clock
        Await.until("the answer's end", PATIENCE, () -> metric("hone_serving_requests_total", "CANCELLED") + metric("hone_serving_requests_total", "DEADLINE_EXCEEDED") > before);
    }

    @Test
    void givenAPlainGrpcTool_whenItAsks_thenReflectionAndHealthAnswer() throws Exception {
        assertEquals(HealthCheckResponse.ServingStatus.SERVING, HealthGrpc.newBlockingStub(client.channel()).check(HealthCheckRequest.getDefaultInstance()).getStatus());
        CompletableFuture<String> services = new CompletableFuture<>();
        StreamObserver<ServerReflectionRequest> ask = ServerReflectionGrpc.newStub(client.channel()).serverReflectionInfo(new StreamObserver<>() {
            @Override
            public void onNext(ServerReflectionResponse response) {
                services.complete(response.getListServicesResponse().getServiceList().toString());
            }

            @Override
            public void onError(Throwable error) {
                services.completeExceptionally(error);
            }

            @Override
            public void onCompleted() {}
        });
        ask.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
        assertTrue(services.get(10, TimeUnit.SECONDS).contains("hone.v1.Inference"));
        ask.onCompleted();
    }

    private double metric(String name, String outcome) {
        return body("q/metrics").lines().filter(line -> line.startsWith(name + "{") && line.contains("outcome=\"" + outcome + "\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))).sum();
    }

    private int status(String path) {
        return get(path).statusCode();
    }

    private String body(String path) {
        return get(path).body();
    }

    private HttpResponse<String> get(String path) {
        try (HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            return http.send(HttpRequest.newBuilder(URI.create(service + path)).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
