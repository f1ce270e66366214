package dev.hone.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.Hashes;
import dev.hone.testkit.HoneServers;
import dev.hone.testkit.HoneTestResource;
import dev.hone.testkit.KafkaProbe;
import dev.hone.testkit.Traces;
import dev.hone.testkit.TracesTestResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(value = HoneTestResource.class, restrictToAnnotatedClass = true)
@QuarkusTestResource(value = TracesTestResource.class, restrictToAnnotatedClass = true)
@TestProfile(IngestIT.Polling.class)
class IngestIT {
    private static final Duration LONG = Duration.ofSeconds(90);
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    private static ArtifactStore store;
    private static KafkaProbe kafka;

    @TestHTTPResource
    URI ingest;

    public static class Polling implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("hone.ingest.inbox-poll", "500ms", "hone.ingest.feedback.min-count", "2");
        }
    }

    @BeforeAll
    static void prepare() {
        store = TestStore.withHoneNano();
        kafka = new KafkaProbe(HoneServers.start().bootstrapServers());
    }

    private static byte[] questions(String topic, int count) {
        return IntStream.range(0, count).mapToObj(i -> "{\"prompt\":\"Question " + i + " about " + topic + "?\",\"completion\":\"The answer about " + topic
                + " has the number " + i % 5 + ".\"}").collect(Collectors.joining("\n")).getBytes(StandardCharsets.UTF_8);
    }

    private static JsonNode await(String topic, String modelName) throws Exception {
        ConsumerRecord<String, byte[]> record = kafka.await(topic, LONG, found -> KafkaProbe.text(found).contains("\"" + modelName + "\""));
        return JSON.readTree(record.value());
    }

    @Test
    void givenAnUpload_whenChecked_thenTheDatasetLiesInTheStoreAndIsAnnounced() throws Exception {
        Http.Answer answer = Http.upload(ingest, "name=up-load&base=hone-nano&file=a.jsonl", questions("uploads", 60),
                "X-Hone-Recipe", "{\"training\":{\"lora_r\":4}}", "Content-Type", "application/octet-stream", "traceparent", Traces.parent(TRACE));

        assertEquals(200, answer.status(), answer.body());
        String id = answer.json().path("dataset_id").asText();
        JsonNode ready = await("dataset.ready", "up-load");
        assertEquals(id, ready.path("dataset_id").asText());
        assertEquals(4, ready.at("/recipe/training/lora_r").asInt());
        assertEquals(60, ready.path("train_rows").asInt() + ready.path("validation_rows").asInt() + ready.path("test_rows").asInt());
        assertTrue(ready.path("test_rows").asInt() > 0 && ready.path("validation_rows").asInt() > 0 && ready.path("max_row_tokens").asInt() > 10, ready.toString());
        String manifest = ready.at("/dataset/manifest").asText();
        assertEquals(Hashes.sha256(store.read(manifest).orElseThrow()), ready.at("/dataset/sha256").asText());
        assertEquals(ready.path("train_rows").asInt(), TestStore.lines(store, manifest, "train.jsonl").size());
        assertEquals(List.of("rejected.jsonl", "report.json", "test.jsonl", "train.jsonl", "validation.jsonl"),
                store.manifest(manifest).orElseThrow().files().stream().map(file -> file.path()).toList());
        assertEquals(id, Http.get(ingest, "/v1/datasets/" + id).json().path("dataset_id").asText());
        assertEquals("", Http.get(ingest, "/v1/datasets/" + id + "/problems").body());
        Traces traces = new Traces(ConfigProvider.getConfig().getValue(TracesTestResource.ENDPOINT, String.class));
        List<Traces.Span> chain = traces.awaitChain(TRACE, LONG, "POST /v1/datasets", "send dataset.ready");
        assertEquals("00-" + TRACE + "-" + chain.getLast().id() + "-01",
                KafkaProbe.header(kafka.await("dataset.ready", LONG, found -> id.equals(found.key())), "traceparent"));
        assertTrue(Http.get(ingest, "/q/metrics").body().contains("hone_ingest_files_total{"));
    }

    @Test
    void givenTheSameUploadTwice_whenChecked_thenItIsOneDatasetAndOneEventId() throws Exception {
        JsonNode first = Http.upload(ingest, "name=twice&file=a.jsonl", questions("twice", 30)).json();
        String manifestBefore = Hashes.sha256(store.read(first.path("manifest").asText()).orElseThrow());
        JsonNode second = Http.upload(ingest, "name=twice&file=b.jsonl", questions("twice", 30),
                "Content-Type", "application/x-www-form-urlencoded").json(); // as curl --data-binary says by default

        assertFalse(first.path("existed").asBoolean());
        assertTrue(second.path("existed").asBoolean());
        assertEquals(first.path("dataset_id"), second.path("dataset_id"));
        assertEquals(first.path("event_id"), second.path("event_id"));
        assertEquals(first.path("report"), second.path("report"));
        assertEquals(manifestBefore, Hashes.sha256(store.read(second.path("manifest").asText()).orElseThrow()));
        List<ConsumerRecord<String, byte[]>> events = kafka.await("dataset.ready", LONG, 2, record -> KafkaProbe.text(record).contains("\"twice\""));
        assertEquals(KafkaProbe.header(events.get(0), "ce_id"), KafkaProbe.header(events.get(1), "ce_id"));
    }

    @Test
    void givenACsvWithFiveHundredBrokenRows_whenUploaded_thenExactlyThoseAreReported() throws Exception {
        String csv = IntStream.range(0, 1_500).mapToObj(i -> i % 3 == 1 ? "no category " + i : "text " + i + ",category " + i % 4)
                .collect(Collectors.joining("\n", "text,category\n", "\n"));
        Http.Answer answer = Http.upload(ingest, "name=broken&file=broken.csv&map=" + Http.encoded("prompt=text,completion=category"),
                csv.getBytes(StandardCharsets.UTF_8));

        assertEquals(200, answer.status(), answer.body());
        assertEquals(500, answer.json().at("/report/rows/rejected").asInt());
        assertEquals(20, answer.json().path("problems").size());
        assertEquals(500, await("dataset.ready", "broken").path("rejected_rows").asInt());
        Http.Answer problems = Http.get(ingest, "/v1/datasets/" + answer.json().path("dataset_id").asText() + "/problems");
        assertEquals(500, problems.body().lines().count());
        assertEquals("broken.csv", JSON.readTree(problems.body().lines().findFirst().orElseThrow()).path("file").asText());
    }

    @Test
    void givenPairsOfAnswers_whenUploaded_thenTheEventAndTheManifestSayWhatTheyAre() throws Exception {
        String pairs = IntStream.range(0, 40).mapToObj(i -> "{\"input\":{\"messages\":[{\"role\":\"user\",\"content\":\"Question " + i
                + "?\"}]},\"preferred_output\":[{\"role\":\"assistant\",\"content\":\"Yes, " + i + ".\"}],\"non_preferred_output\":[{\"role\":\"assistant\",\"content\":\"No.\"}]}")
                .collect(Collectors.joining("\n"));
        Http.Answer answer = Http.upload(ingest, "name=pairs&file=pairs.jsonl", pairs.getBytes(StandardCharsets.UTF_8));

        assertEquals(200, answer.status(), answer.body());
        JsonNode ready = await("dataset.ready", "pairs");
        assertEquals("preference", ready.path("row_kind").asText());
        assertEquals("preference", answer.json().at("/report/row_kind").asText());
        String manifest = ready.at("/dataset/manifest").asText();
        assertEquals("preference", store.manifest(manifest).orElseThrow().properties().get("row_kind"));
        assertTrue(TestStore.lines(store, manifest, "train.jsonl").getFirst().startsWith("{\"prompt\":[{"));
    }

    @Test
    void givenNoUsableRow_whenUploaded_thenTheProblemsComeBackAndTheRunHasFailed() throws Exception {
        Http.Answer answer = Http.upload(ingest, "name=nothing&file=a.csv", "question,answer\nonly a question,\n".getBytes(StandardCharsets.UTF_8));

        assertEquals(422, answer.status(), answer.body());
        assertEquals("empty_dataset", answer.json().path("code").asText());
        assertEquals("empty_completion", answer.json().at("/problems/0/code").asText());
        JsonNode failed = await("run.failed", "nothing");
        assertEquals("ingest user_error empty_dataset", failed.path("stage").asText() + " " + failed.path("kind").asText() + " " + failed.path("code").asText());
        assertEquals(1, Http.get(ingest, "/v1/datasets/" + failed.path("run_id").asText() + "/problems").body().lines().count());
        assertTrue(store.manifest(ArtifactLayout.dataset(failed.path("run_id").asText())).isEmpty());
    }

    @Test
    void givenABrokenRequest_whenSent_thenTheAnswerSaysWhatWasExpected() throws Exception {
        byte[] csv = "alpha,beta\n1,2\n".getBytes(StandardCharsets.UTF_8);
        assertRefused("missing_file_name", "file", Http.upload(ingest, "name=x", csv));
        assertRefused("invalid_name", "model name", Http.upload(ingest, "name=A%20B&file=a.csv", csv));
        assertRefused("unknown_base_model", "hone-nano", Http.upload(ingest, "name=x&base=llama-9&file=a.csv", csv));
        assertRefused("no_columns_fit", "[alpha, beta]", Http.upload(ingest, "name=x&file=a.csv", csv));
        assertRefused("invalid_request", "prompt=COLUMN", Http.upload(ingest, "name=x&file=a.csv&map=nonsense", csv));
        assertRefused("unknown_format", "Parquet", Http.upload(ingest, "name=x&file=a", "PAR1....".getBytes(StandardCharsets.UTF_8)));
        assertRefused("invalid_recipe", "lora_r", Http.upload(ingest, "name=x&file=a.csv", csv, "X-Hone-Recipe", "{\"training\":{\"lora_r\":0}}"));
        assertEquals(404, Http.get(ingest, "/v1/datasets/d0000000000000000").status());
    }

    private static void assertRefused(String code, String word, Http.Answer answer) throws Exception {
        assertEquals(400, answer.status(), answer.body());
        assertEquals(code, answer.json().path("code").asText());
        assertTrue(answer.json().path("message").asText().contains(word), answer.body());
    }

    @Test
    void givenAFileInTheInbox_whenPolled_thenItBecomesADatasetWithItsWishes() throws Exception {
        store.write("inbox/polled/sub/q.csv.hone.json", "{\"base\":\"hone-nano\",\"map\":{\"prompt\":\"b\",\"completion\":\"a\"},\"recipe\":{\"training\":{\"lora_r\":2}}}"
                .getBytes(StandardCharsets.UTF_8));
        store.write("inbox/polled/sub/q.csv", "a,b\nThe answer.,The question?\n".getBytes(StandardCharsets.UTF_8));
        JsonNode ready = await("dataset.ready", "polled");

        assertEquals(2, ready.at("/recipe/training/lora_r").asInt());
        assertEquals(List.of("{\"messages\":[{\"role\":\"user\",\"content\":\"The question?\"},{\"role\":\"assistant\",\"content\":\"The answer.\"}]}"),
                TestStore.lines(store, ready.at("/dataset/manifest").asText(), "train.jsonl"));
        assertTrue(store.exists("inbox/polled/sub/q.csv"));
        Thread.sleep(2_000); // several polls
        assertEquals(1, kafka.all("dataset.ready").stream().filter(record -> KafkaProbe.text(record).contains("\"polled\"")).count());
    }

    @Test
    void givenAFileInTheInboxThatIsNoDataset_whenPolled_thenTheRunHasFailedOnce() throws Exception {
        store.write("inbox/hopeless/a.bin", "PAR1....".getBytes(StandardCharsets.UTF_8));
        assertEquals("unknown_format", await("run.failed", "hopeless").path("code").asText());
        Thread.sleep(2_000);
        assertEquals(1, kafka.all("run.failed").stream().filter(record -> KafkaProbe.text(record).contains("\"hopeless\"")).count());
    }

    @Test
    void givenCorrectionsOnTheTopic_whenThereAreEnough_thenTheNextDatasetIsAnnounced() throws Exception {
        JsonNode first = Http.upload(ingest, "name=corrected&file=a.jsonl", questions("corrections", 40)).json();
        for (int i = 0; i < 2; i++) {
            kafka.send("feedback", "corrected", """
                    {"model_name":"corrected","prompt":[{"role":"user","content":"A new question %d?"}],"answer":"wrong","verdict":"bad",
                    "correction":"The right answer %d.","base_model":"hone-nano","dataset":{"manifest":"%s"}}""".formatted(i, i, first.path("manifest").asText()));
        }
        ConsumerRecord<String, byte[]> record = kafka.await("dataset.ready", LONG, found ->
                KafkaProbe.text(found).contains("\"corrected\"") && KafkaProbe.text(found).contains(first.path("dataset_id").asText() + "\"")
                && !KafkaProbe.text(found).contains("\"dataset_id\":\"" + first.path("dataset_id").asText()));
        JsonNode next = JSON.readTree(record.value());

        assertEquals(first.path("dataset_id").asText(), next.path("parent_dataset_id").asText());
        assertEquals(first.at("/report/rows/train").asInt() + 6, next.path("train_rows").asInt());
        assertEquals(first.at("/report/rows/test").asInt(), next.path("test_rows").asInt());
        assertEquals(3, TestStore.lines(store, next.at("/dataset/manifest").asText(), "train.jsonl").stream()
                .filter(row -> row.contains("The right answer 1.")).count());
    }

    @Test
    void givenTheServiceRuns_whenAsked_thenItIsHealthyAndCounts() throws Exception {
        Http.upload(ingest, "name=counted&file=a.jsonl", questions("metrics", 3));
        assertEquals("UP", Http.get(ingest, "/q/health/ready").json().path("status").asText());
        assertTrue(Http.get(ingest, "/q/metrics").body().contains("hone_ingest_rows_total{outcome=\"kept\"}"));
    }
}
