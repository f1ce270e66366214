package dev.hone.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.util.JsonFormat;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.testkit.Await;
import dev.hone.testkit.HoneServers;
import dev.hone.testkit.HoneTestResource;
import dev.hone.testkit.KafkaProbe;
import dev.hone.testkit.Traces;
import dev.hone.testkit.TracesTestResource;
import dev.hone.v1.AdapterTrained;
import dev.hone.v1.RunFailed;
import dev.hone.v1.TrainRequested;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(HoneTestResource.class)
@QuarkusTestResource(TracesTestResource.class)
class PlannerIT {

    private static final Duration PATIENCE = Duration.ofSeconds(600);

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    @TestHTTPResource
    URI service;

    private static KafkaProbe kafka;
    private static String dataset;

    @BeforeAll
    static void prepare() throws Exception {
        HoneServers servers = HoneServers.start();
        ArtifactStore store = TestWorld.store(servers);
        Path scratch = Files.createTempDirectory("hone-planner-");
        TestWorld.publishBaseModel(store, scratch);
        dataset = TestWorld.publishDataset(store, scratch);
        kafka = TestWorld.kafka(servers);
    }

    @AfterAll
    static void close() {
        if (kafka != null) {
            kafka.close();
        }
    }

    @Test
    void givenDatasetWithoutEnvelope_whenItIsReady_thenAWholeRunIsAskedForAndTrained() throws Exception {
        kafka.send("dataset.ready", "plain", ready("plain", TestWorld.BASE, "\"recipe\":{\"training\":{\"max_steps\":2}}"));

        TrainRequested request = message(requested("plain").getFirst(), TrainRequested.newBuilder()).build();
        assertEquals(2, request.getRecipe().getTraining().getMaxSteps());
        assertEquals("qlora", request.getRecipe().getTraining().getMethod());
        assertEquals(List.of("int8", "int8_asymmetric", "int4"), request.getRecipe().getQuantization().getSchemesList());
        assertTrue(request.getRecipe().getGate().getDeploy());
        assertEquals(request.getRunId(), KafkaProbe.header(requested("plain").getFirst(), "ce_subject"));

        AdapterTrained trained = message(kafka.await("adapter.trained", PATIENCE, r -> request.getRunId().equals(r.key())), AdapterTrained.newBuilder()).build();
        assertEquals(2, trained.getSteps());
        assertEquals(request.getRecipe(), trained.getRecipe());
    }

    @Test
    void givenADatasetOfATrace_whenItIsTrained_thenTheTraceGoesOnThroughPlanAndJobAndTheRunIsCounted() throws Exception {
        kafka.send("dataset.ready", "traced", ready("traced", TestWorld.BASE, "\"recipe\":{\"training\":{\"max_steps\":3}}").getBytes(),
                Map.of("traceparent", Traces.parent(TRACE)));

        String runId = message(requested("traced").getFirst(), TrainRequested.newBuilder()).build().getRunId();
        ConsumerRecord<String, byte[]> trained = kafka.await("adapter.trained", PATIENCE, r -> runId.equals(r.key()));
        Traces traces = new Traces(ConfigProvider.getConfig().getValue(TracesTestResource.ENDPOINT, String.class));
        List<Traces.Span> chain = traces.awaitChain(TRACE, PATIENCE, "process dataset.ready", "send train.requested", "process train.requested", "job train", "send adapter.trained");
        assertEquals(Traces.parent(TRACE).split("-")[2], chain.getFirst().parent());
        assertEquals("00-" + TRACE + "-" + chain.getLast().id() + "-01", KafkaProbe.header(trained, "traceparent"));
        assertEquals(List.of("trainer", "trainer", "trainer", "trainer-job", "trainer-job"), chain.stream().map(Traces.Span::service).toList());
        assertTrue(chain.get(3).attributes().contains("hone.run_id=" + runId), chain.get(3).attributes());
        for (String part : List.of("fetch", "train", "publish")) {
            traces.awaitChain(TRACE, PATIENCE, "job train", part);
        }
        Await.until("the run among the metrics", PATIENCE, () -> metrics().matches("(?s).*hone_runs_total\\{[^}]*outcome=\"done\"[^}]*stage=\"train\"[^}]*} [1-9].*"));
        for (String name : List.of("hone_runs_stage_seconds_bucket", "hone_runs_wait_seconds_bucket", "hone_runs_active", "hone_runs_waiting", "hone_gate_results_total",
                "hone_dead_letters_total", "hone_events_handled_seconds_count", "kafka_consumer_fetch_manager_records_lag", "jvm_memory_used_bytes", "process_cpu_usage", "system_cpu_count")) {
            // Kafka's client is asked once a minute which meters it has.
            Await.until(name + " among the metrics", PATIENCE, () -> metrics().contains("\n" + name + "{") || metrics().contains("\n" + name + " "));
        }
    }

    private String metrics() {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(HttpRequest.newBuilder(service.resolve("/q/metrics")).build(), HttpResponse.BodyHandlers.ofString()).body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Test
    void givenSameEventTwice_whenHandled_thenBothAskForOneRunWithOneId() throws Exception {
        byte[] value = ready("twice", TestWorld.BASE, "\"recipe\":{\"training\":{\"max_steps\":1}}").getBytes();
        Map<String, String> envelope = Map.of("ce_id", "event-1", "ce_type", "dev.hone.dataset.ready.v1", "ce_source", "test", "ce_subject", "twice");

        kafka.send("dataset.ready", "twice", value, envelope);
        kafka.send("dataset.ready", "twice", value, envelope);

        List<ConsumerRecord<String, byte[]>> requests = kafka.await("train.requested", PATIENCE, 2, r -> KafkaProbe.text(r).contains("\"dataset_id\":\"twice\""));
        assertEquals(requests.get(0).key(), requests.get(1).key());
        assertEquals(KafkaProbe.header(requests.get(0), "ce_id"), KafkaProbe.header(requests.get(1), "ce_id"));
        assertEquals("event-1", KafkaProbe.header(requests.get(0), "ce_causationid"));
    }

    @Test
    void givenBrokenJson_whenItArrives_thenItIsPutAsideAndTheNextRecordIsHandled() throws Exception {
        kafka.send("dataset.ready", "broken", "{\"dataset_id\": ");
        kafka.send("dataset.ready", "after", ready("after", "nobody-has-it", "\"train_rows\":5"));

        ConsumerRecord<String, byte[]> dead = kafka.await("dlq.trainer", PATIENCE, r -> "broken".equals(r.key()));
        assertEquals("invalid_json", KafkaProbe.header(dead, "hone_error_code"));
        assertTrue(KafkaProbe.header(dead, "hone_error_message").startsWith("Expected"));
        kafka.await("run.failed", PATIENCE, r -> "after".equals(r.key()));
    }

    @Test
    void givenUnknownBaseModel_whenDatasetIsReady_thenTheRunFailsAsUserError() throws Exception {
        kafka.send("dataset.ready", "lost", ready("lost", "nobody-has-it", "\"train_rows\":5"));

        RunFailed failed = message(kafka.await("run.failed", PATIENCE, r -> "lost".equals(r.key())), RunFailed.newBuilder()).build();
        assertEquals("unknown_base_model", failed.getCode());
        assertEquals("user_error", failed.getKind());
        assertEquals("plan", failed.getStage());
    }

    @Test
    void givenCommandOfAnotherSystem_whenItNamesARunAndNoRecipe_thenThatRunIsTrained() throws Exception {
        kafka.send("train.requested", "mine-1", """
                {"run_id":"mine-1","dataset_id":"greetings","dataset":{"manifest":"%s"},"base_model":"tiny","model_name":"m",
                 "recipe":{"training":{"max_steps":1,"method":"lora"}}}""".formatted(dataset));

        AdapterTrained trained = message(kafka.await("adapter.trained", PATIENCE, r -> "mine-1".equals(r.key())), AdapterTrained.newBuilder()).build();
        assertEquals("adapters/mine-1/manifest.json", trained.getAdapter().getManifest());
        assertEquals("lora", trained.getRecipe().getTraining().getMethod());
        assertTrue(trained.getTrainLoss() > 0);
        kafka.await("run.progress", PATIENCE, r -> "mine-1".equals(r.key()));
    }

    private static List<ConsumerRecord<String, byte[]>> requested(String datasetId) {
        return kafka.await("train.requested", PATIENCE, 1, r -> KafkaProbe.text(r).contains("\"dataset_id\":\"" + datasetId + "\""));
    }

    private static String ready(String datasetId, String baseModel, String more) {
        return """
                {"dataset_id":"%s","model_name":"m","dataset":{"manifest":"%s"},"base_model":"%s",%s}""".formatted(datasetId, dataset, baseModel, more);
    }

    private static <B extends com.google.protobuf.Message.Builder> B message(ConsumerRecord<String, byte[]> record, B builder) throws Exception {
        JsonFormat.parser().merge(KafkaProbe.text(record), builder);
        return builder;
    }
}
