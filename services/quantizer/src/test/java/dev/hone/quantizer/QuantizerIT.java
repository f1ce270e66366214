package dev.hone.quantizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.ManifestRef;
import dev.hone.artifacts.StoreConfig;
import dev.hone.events.Cause;
import dev.hone.events.Event;
import dev.hone.events.EventCodec;
import dev.hone.events.EventPublisher;
import dev.hone.events.KafkaSettings;
import dev.hone.events.Topic;
import dev.hone.jobs.JobStopped;
import dev.hone.llm.format.Json;
import dev.hone.llm.format.WeightSource;
import dev.hone.testkit.HoneServers;
import dev.hone.testkit.HoneTestResource;
import dev.hone.testkit.KafkaProbe;
import dev.hone.testkit.Traces;
import dev.hone.testkit.TracesTestResource;
import dev.hone.v1.AdapterTrained;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.ExportedModel;
import dev.hone.v1.Fidelity;
import dev.hone.v1.QatRecipe;
import dev.hone.v1.QuantizationRecipe;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.QuantizedModel;
import dev.hone.v1.Recipe;
import dev.hone.v1.RunFailed;
import dev.hone.v1.RunProgress;
import dev.hone.v1.SchemeTried;
import dev.hone.v1.TrainingRecipe;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
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
import org.junit.jupiter.api.io.TempDir;

@QuarkusTest
@QuarkusTestResource(HoneTestResource.class)
@QuarkusTestResource(TracesTestResource.class)
class QuantizerIT {

    private static final Duration PATIENCE = Duration.ofSeconds(120);
    /** Nats: the tiny model loses more with four bits and less with eight. */
    private static final double BETWEEN_FOUR_AND_EIGHT_BITS = 2e-4;

    @TempDir
    static Path dir;

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    private static KafkaProbe kafka;
    private static ArtifactStore store;
    private static EventPublisher trainer;
    private static ArtifactRef dataset;

    @BeforeAll
    static void fillTheStore() throws Exception {
        HoneServers servers = HoneServers.start();
        kafka = new KafkaProbe(servers.bootstrapServers());
        trainer = new EventPublisher(KafkaSettings.of(servers.bootstrapServers()), "trainer");
        store = ArtifactStore.connect(new StoreConfig(servers.storeEndpoint(), servers.accessKey(), servers.secretKey(), servers.bucket()), "test");
        store.publish(ArtifactLayout.baseModel("tiny"), TinyModels.base(dir.resolve("base")), "base-model", "tiny", Map.of());
        dataset = ref(store.publish(ArtifactLayout.dataset("phones"), TinyRows.write(dir.resolve("dataset")), "dataset", "phones", Map.of()));
    }

    @AfterAll
    static void close() {
        trainer.close();
        kafka.close();
    }

    @Test
    void givenATrainedAdapter_whenItsEventArrivesTwice_thenItIsQuantizedOnceAndToldTwice() throws Exception {
        AdapterTrained trained = trained("run-a", TinyModels.ADAPTED, "int8", "int4");
        trainer.publish(Topic.ADAPTER_TRAINED, trained, new Cause("a", "", Traces.parent(TRACE)));
        ConsumerRecord<String, byte[]> record = kafka.await("quantize.done", PATIENCE, r -> r.key().equals("run-a"));
        Event<QuantizeDone> done = EventCodec.decode(Topic.QUANTIZE_DONE, record);

        assertEquals(List.of("int8", "int4"), done.data().getModelsList().stream().map(QuantizedModel::getScheme).toList());
        assertEquals(trained.getRecipe(), done.data().getRecipe());
        assertEquals("run-a", done.correlationId());
        QuantizedModel int4 = done.data().getModels(1);
        assertEquals(4.5, int4.getBitsPerWeight());
        assertTrue(int4.getRelativeError() > 1e-4 && int4.getRelativeError() < 2e-2, "" + int4.getRelativeError());
        assertFetchedModelIsWhole(int4);
        assertTrue(progress("run-a").stream().anyMatch(p -> p.getStep() == 14 && p.getTotalSteps() == 14), "no progress by matrices");
        assertEquals("int8", done.data().getChosenScheme());
        Traces traces = new Traces(ConfigProvider.getConfig().getValue(TracesTestResource.ENDPOINT, String.class));
        List<Traces.Span> chain = traces.awaitChain(TRACE, PATIENCE, "process adapter.trained", "job quantize", "send quantize.done");
        assertEquals("00-" + TRACE + "-" + chain.getLast().id() + "-01", done.traceparent());
        assertTrue(store.manifest(done.data().getReport().getManifest()).isPresent());

        trainer.publish(Topic.ADAPTER_TRAINED, trained, Cause.outside("a"));
        List<ConsumerRecord<String, byte[]>> both = kafka.await("quantize.done", PATIENCE, 2, r -> r.key().equals("run-a"));
        assertEquals(done.id(), EventCodec.<QuantizeDone>decode(Topic.QUANTIZE_DONE, both.get(1)).id());
        assertEquals(done.data(), EventCodec.<QuantizeDone>decode(Topic.QUANTIZE_DONE, both.get(1)).data());
    }

    private static void assertFetchedModelIsWhole(QuantizedModel model) throws Exception {
        Path fetched = dir.resolve("fetched");
        store.fetch(new ManifestRef(model.getModel().getManifest(), model.getModel().getSha256()), fetched);
        assertEquals(model.getSizeBytes(), Files.size(fetched.resolve("model.safetensors")));
        assertEquals("int4", Json.read(fetched.resolve("quantization.json")).get("schemes").get(0).get("scheme").asText());
        assertTrue(Files.exists(fetched.resolve("tokenizer.json")));
        try (WeightSource weights = WeightSource.open(fetched)) {
            assertEquals(32 * 32, weights.floats(TinyModels.ADAPTED + ".weight").length);
        }
    }

    @Test
    void givenAnAdapterOfAnotherModel_whenItsEventArrives_thenTheRunFailsAsAUserError() throws Exception {
        trainer.publish(Topic.ADAPTER_TRAINED, trained("run-b", "model.layers.9.self_attn.q_proj", "int8"), Cause.outside("b"));
        RunFailed failed = EventCodec.<RunFailed>decode(Topic.RUN_FAILED, kafka.await("run.failed", PATIENCE, r -> r.key().equals("run-b"))).data();
        assertEquals("quantize", failed.getStage());
        assertEquals("unsupported_model", failed.getCode());
        assertEquals("user_error", failed.getKind());
        assertTrue(failed.getMessage().contains("model.layers.9.self_attn.q_proj"), failed.getMessage());
    }

    @Test
    void givenAStop_whenQuantizing_thenTheJobWantsToBeStartedAgainAndNothingIsCommitted() throws Exception {
        AdapterTrained trained = trained("run-c", TinyModels.ADAPTED, "int8");
        Event<AdapterTrained> event = new Event<>("c", Topic.ADAPTER_TRAINED.type(), "", "run-c", "run-c", "", java.time.Instant.EPOCH, "", trained);
        try (EventPublisher publisher = new EventPublisher(KafkaSettings.of(HoneServers.start().bootstrapServers()), "quantizer");
                ProgressReporter progress = new ProgressReporter(publisher, event)) {
            QuantizedModels models = new QuantizedModels(store, trained, dir.resolve("cache"), dir.resolve("scratch"));
            assertThrows(JobStopped.class, () -> models.makeOrFind(progress, () -> true));
        }
        assertFalse(store.manifest(ArtifactLayout.model("run-c", "int8")).isPresent());
        assertFalse(store.manifest(ArtifactLayout.quantization("run-c")).isPresent());
    }

    @Test
    void givenARecordThatIsNoEvent_whenItArrives_thenItIsPutAside() {
        kafka.send("adapter.trained", "nonsense", "{\"run_id\": 7");
        ConsumerRecord<String, byte[]> letter = kafka.await("dlq.quantizer", PATIENCE, r -> "nonsense".equals(r.key()));
        assertEquals("{\"run_id\": 7", KafkaProbe.text(letter));
    }

    @Test
    void givenSchemesOfEveryKind_whenQuantized_thenEachIsComparedAndTheNumbersTravel() throws Exception {
        trainer.publish(Topic.ADAPTER_TRAINED, trained("run-d", TinyModels.ADAPTED, recipe("int8", "nf4", "w8a8-smoothquant", "int4_asymmetric-g32-gptq")
                .addExports("bf16").build()), Cause.outside("d"));
        QuantizeDone done = EventCodec.<QuantizeDone>decode(Topic.QUANTIZE_DONE, kafka.await("quantize.done", PATIENCE, r -> r.key().equals("run-d"))).data();

        assertEquals(List.of("int8", "nf4", "w8a8-smoothquant", "int4_asymmetric-g32-gptq"), done.getModelsList().stream().map(QuantizedModel::getScheme).toList());
        for (QuantizedModel model : done.getModelsList()) {
            Fidelity fidelity = model.getFidelity();
            assertTrue(fidelity.getTokens() > 20 && fidelity.getPerplexity() > 1 && fidelity.getMeanKlDivergence() > 0 && fidelity.getSameTop() > 0.5, model.toString());
            assertTrue(fidelity.getP999KlDivergence() >= fidelity.getMeanKlDivergence(), model.toString());
        }
        assertTrue(done.getModels(0).getFidelity().getMeanKlDivergence() < done.getModels(1).getFidelity().getMeanKlDivergence(), "eight bits lose less than four");
        assertEquals(4, done.getTriedCount());
        assertTrue(done.getTriedList().stream().allMatch(tried -> tried.getWithinBudget() && tried.getWorstLayer().startsWith("model.layers.")));
        assertTrue(done.getProtocol().contains("held-out"), done.getProtocol());
        assertTrue(done.getParity().getMerged().getTokens() > 0 && done.getParity().getPromptsCount() > 0, done.getParity().toString());
        assertEquals(List.of("bf16"), done.getExportsList().stream().map(ExportedModel::getName).toList());
        assertTrue(store.manifest(done.getExports(0).getModel().getManifest()).orElseThrow().files().stream().anyMatch(file -> file.path().equals("model.safetensors")));
    }

    @Test
    void givenABudget_whenQuantized_thenTheSmallestWithinItAloneIsPublished() throws Exception {
        trainer.publish(Topic.ADAPTER_TRAINED, trained("run-e", TinyModels.ADAPTED, recipe("int8", "int4-g32-gptq").clearDeployScheme().setMaxKlDivergence(BETWEEN_FOUR_AND_EIGHT_BITS).build()),
                Cause.outside("e"));
        QuantizeDone done = EventCodec.<QuantizeDone>decode(Topic.QUANTIZE_DONE, kafka.await("quantize.done", PATIENCE, r -> r.key().equals("run-e"))).data();

        assertEquals("int8", done.getChosenScheme());
        assertEquals(List.of("int8"), done.getModelsList().stream().map(QuantizedModel::getScheme).toList());
        assertEquals(List.of("int4-g32-gptq", "int8"), done.getTriedList().stream().map(SchemeTried::getScheme).toList());
        assertFalse(done.getTried(0).getWithinBudget());
        assertTrue(store.manifest(ArtifactLayout.model("run-e", "int4-g32-gptq")).isEmpty());
    }

    @Test
    void givenARecipeThatLearns_whenItsEventArrives_thenAJobOfItsOwnKindTrains() throws Exception {
        TrainingRecipe training = TrainingRecipe.newBuilder().setMethod("lora").setLoraR(2).setMaxSteps(2).setSequenceLen(32).setLearningRate(1e-3).build();
        trainer.publish(Topic.ADAPTER_TRAINED, trained("run-g", TinyModels.ADAPTED, recipe("int8-qat").setQat(QatRecipe.newBuilder().setWeightDtype("int8").setTraining(training)).build()),
                Cause.outside("g"));
        QuantizeDone done = EventCodec.<QuantizeDone>decode(Topic.QUANTIZE_DONE, kafka.await("quantize.done", PATIENCE, r -> r.key().equals("run-g"))).data();

        assertEquals("int8-qat", done.getChosenScheme());
        assertTrue(Files.exists(Path.of(ConfigProvider.getConfig().getValue("hone.work-dir", String.class), "qat", "jobs", "qat-run-g", "log.txt")));
    }

    @Test
    void givenABudgetThatNothingKeeps_whenQuantized_thenTheRunFailsWithTheWorstLayer() throws Exception {
        trainer.publish(Topic.ADAPTER_TRAINED, trained("run-f", TinyModels.ADAPTED, recipe("int4").clearDeployScheme().setMaxKlDivergence(1e-3 * BETWEEN_FOUR_AND_EIGHT_BITS).build()),
                Cause.outside("f"));
        RunFailed failed = EventCodec.<RunFailed>decode(Topic.RUN_FAILED, kafka.await("run.failed", PATIENCE, r -> r.key().equals("run-f"))).data();

        assertEquals("over_budget", failed.getCode());
        assertEquals("user_error", failed.getKind());
        assertTrue(failed.getMessage().contains("int4") && failed.getMessage().matches("(?s).*model\\.layers\\.[01]\\..*_proj.*"), failed.getMessage());
        assertTrue(store.list(ArtifactLayout.model("run-f", "int4")).isEmpty());
    }

    private static QuantizationRecipe.Builder recipe(String... schemes) {
        return QuantizationRecipe.newBuilder().addAllSchemes(List.of(schemes)).setGroupSize(32).setCalibrationRows(8).setDeployScheme(schemes[0]).setHeldoutTokens(512);
    }

    private static AdapterTrained trained(String runId, String module, String... schemes) throws Exception {
        return trained(runId, module, recipe(schemes).build());
    }

    private static AdapterTrained trained(String runId, String module, QuantizationRecipe recipe) throws Exception {
        Path adapter = TinyModels.adapter(dir.resolve("adapter-" + runId), module);
        ManifestRef ref = store.publish(ArtifactLayout.adapter(runId), adapter, "adapter", runId, Map.of());
        return AdapterTrained.newBuilder()
                .setRunId(runId)
                .setModelName("phones")
                .setBaseModel("tiny")
                .setDataset(dataset)
                .setAdapter(ref(ref))
                .setRecipe(Recipe.newBuilder().setQuantization(recipe))
                .build();
    }

    private static List<RunProgress> progress(String runId) throws Exception {
        List<RunProgress> all = new java.util.ArrayList<>();
        for (ConsumerRecord<String, byte[]> record : kafka.all("run.progress")) {
            if (record.key().equals(runId)) {
                all.add(EventCodec.<RunProgress>decode(Topic.RUN_PROGRESS, record).data());
            }
        }
        return all;
    }

    private static ArtifactRef ref(ManifestRef ref) {
        return ArtifactRef.newBuilder().setManifest(ref.key()).setSha256(ref.sha256()).build();
    }
}
