package dev.hone.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.testkit.Await;
import dev.hone.testkit.HoneServers;
import dev.hone.v1.FinishReason;
import dev.hone.v1.GenerateReply;
import dev.hone.v1.Sampling;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A replica's beginning and end, in a process of its own. */
class DrainIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int LONG_ANSWERS = 24;
    private static final int TOKENS = 1_500;

    @TempDir Path folder;

    @Test
    void givenABrokerThatIsAway_whenTheReplicaIsAskedForItsHealth_thenItIsUpAndDoesNotServe() throws Exception {
        try (ServiceProcess service = ServiceProcess.start(folder, "127.0.0.1:1", Map.of())) {
            Await.until("an answer about health", PATIENCE, () -> !service.health().equals("UNREACHABLE"));

            assertEquals("NOT_SERVING", service.health());
            assertEquals(503, service.readiness());
            service.terminate();
            assertEquals(143, service.awaitEnd(PATIENCE));
        }
    }

    @Test
    void givenAnswersAtHand_whenTheReplicaIsTold_thenItSaysSoFirstAnswersOnAndEndsWithTheLastOfThem() throws Exception {
        TinyModels.deploy(TinyModels.published("drained", "d1"));
        try (ServiceProcess service = ServiceProcess.start(folder, HoneServers.start().bootstrapServers(),
                Map.of("HONE_SERVING_STOP_WAIT", "2s", "HONE_SERVING_STOP_GRACE", "60s"));
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            Await.until("readiness", PATIENCE, () -> service.readiness() == 200 && service.health().equals("SERVING"));
            List<String> watched = watch(service);
            CountDownLatch begun = new CountDownLatch(LONG_ANSWERS);
            List<Future<GenerateReply>> answers = new ArrayList<>();
            for (int i = 0; i < LONG_ANSWERS; i++) {
                answers.add(clients.submit(() -> longAnswer(service, begun)));
            }
            assertTrue(begun.await(PATIENCE.toSeconds(), TimeUnit.SECONDS));

            service.terminate();

            Await.until("health down", PATIENCE, () -> service.health().equals("NOT_SERVING"));
            assertEquals(503, service.readiness());
            assertEquals(List.of("SERVING", "NOT_SERVING"), watched);
            // the wait is not over: who has not heard of it yet is answered
            assertEquals(FinishReason.FINISH_REASON_LENGTH, last(service, 1).getFinishReason());
            Await.until("a refusal of new requests", PATIENCE, () -> refused(service));
            for (Future<GenerateReply> answer : answers) {
                GenerateReply end = answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                assertEquals(TOKENS, end.getUsage().getCompletionTokens());
            }
            assertEquals(143, service.awaitEnd(PATIENCE), service.said());
            assertTrue(!service.said().contains("ERROR"), service.said());
        }
    }

    private static GenerateReply longAnswer(ServiceProcess service, CountDownLatch begun) {
        // without the tokens that would end it
        Sampling how = Client.greedy(TOKENS).toBuilder().putLogitBias(0, -100).putLogitBias(1, -100).build();
        var pieces = service.stub().chat(Client.chat("drained", "Tell me everything", how));
        GenerateReply last = pieces.next();
        begun.countDown();
        while (pieces.hasNext()) {
            last = pieces.next();
        }
        return last;
    }

    private static GenerateReply last(ServiceProcess service, int tokens) {
        var pieces = service.stub().withDeadlineAfter(30, TimeUnit.SECONDS).chat(Client.chat("drained", "Hello", Client.greedy(tokens)));
        GenerateReply last = pieces.next();
        while (pieces.hasNext()) {
            last = pieces.next();
        }
        return last;
    }

    private static boolean refused(ServiceProcess service) {
        try {
            last(service, 1);
            return false;
        } catch (StatusRuntimeException e) {
            assertEquals(Status.Code.UNAVAILABLE, e.getStatus().getCode(), String.valueOf(e.getStatus()));
            return true;
        }
    }

    private static List<String> watch(ServiceProcess service) {
        List<String> seen = new CopyOnWriteArrayList<>();
        service.watcher().watch(HealthCheckRequest.getDefaultInstance(), new StreamObserver<HealthCheckResponse>() {
            @Override
            public void onNext(HealthCheckResponse response) {
                seen.add(response.getStatus().name());
            }

            @Override
            public void onError(Throwable error) {}

            @Override
            public void onCompleted() {}
        });
        return seen;
    }
}
