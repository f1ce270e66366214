package dev.hone.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.ManifestRef;
import dev.hone.artifacts.StoreConfig;
import dev.hone.events.Event;
import dev.hone.events.EventCodec;
import dev.hone.events.StructuredEvents;
import dev.hone.events.Topic;
import dev.hone.jobs.JobConfig;
import dev.hone.jobs.JobLauncher;
import dev.hone.jobs.JobLaunchers;
import dev.hone.jobs.JobSpec;
import dev.hone.testkit.Await;
import dev.hone.testkit.HoneServers;
import dev.hone.testkit.KafkaProbe;
import dev.hone.v1.AdapterTrained;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.QatRecipe;
import dev.hone.v1.QuantizationRecipe;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.Recipe;
import dev.hone.v1.RunProgress;
import dev.hone.v1.SchemeTried;
import dev.hone.v1.TrainingRecipe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training with rounded weights survives its process: real processes, a real broker, a real store. */
class QatJobIT {

    private static final Duration PATIENCE = Duration.ofSeconds(300);
    private static final String LEARNED = "int4-g32-qat";

    @TempDir
    Path dir;

    private final HoneServers servers = HoneServers.start();
    private final StoreConfig storeConfig = new StoreConfig(servers.storeEndpoint(), servers.accessKey(), servers.secretKey(), servers.bucket());
    private final ArtifactStore store = ArtifactStore.connect(storeConfig, "test");
    private ArtifactRef dataset;
    private ArtifactRef adapter;

    @BeforeEach
    void fillTheStore() throws Exception {
        if (store.manifest(ArtifactLayout.baseModel("tiny-qat")).isEmpty()) {
            store.publish(ArtifactLayout.baseModel("tiny-qat"), TinyModels.base(dir.resolve("base")), "base-model", "tiny-qat", Map.of());
        }
        dataset = ref(store.publish(ArtifactLayout.dataset("qat"), TinyRows.write(dir.resolve("dataset")), "dataset", "qat", Map.of()));
        adapter = ref(store.publish(ArtifactLayout.adapter("qat"), TinyModels.adapter(dir.resolve("adapter"), TinyModels.ADAPTED), "adapter", "qat", Map.of()));
    }

    @Test
    void givenJobIsKilledWhileItTrains_whenItGoesOn_thenTheModelEqualsAnUndisturbedOneToTheLastBit() throws Exception {
        try (KafkaProbe kafka = new KafkaProbe(servers.bootstrapServers()); JobLauncher launcher = launcher()) {
            launcher.launch(job("undisturbed", recipe(24)));
            kafka.await("quantize.done", PATIENCE, r -> "undisturbed".equals(r.key()));

            launcher.launch(job("disturbed", recipe(24)));
            Await.until("a checkpoint", PATIENCE, () -> hasCheckpoint("disturbed"));
            process("disturbed").destroyForcibly();
            QuantizeDone done = EventCodec.<QuantizeDone>decode(Topic.QUANTIZE_DONE, kafka.await("quantize.done", PATIENCE, r -> "disturbed".equals(r.key()))).data();

            assertTrue(log("disturbed").contains("restored runId=disturbed"), "the second process began anew");
            assertEquals(LEARNED, done.getChosenScheme());
            assertArrayEquals(model("undisturbed"), model("disturbed"));
            Await.until("the checkpoints' end", PATIENCE, () -> !hasCheckpoint("disturbed"));
            assertTrue(kafka.all("run.progress").stream().filter(r -> "undisturbed".equals(r.key())).map(QatJobIT::progress)
                    .anyMatch(p -> p.getTotalSteps() == 24 && p.getLoss() > 0 && p.getTokensPerSecond() > 0), "no progress of the training");
        }
    }

    @Test
    void givenJobIsToldToStopWhileItTrains_whenItIsStartedAgain_thenItGoesOnFromWhereItWas() throws Exception {
        try (JobLauncher launcher = launcher()) {
            launcher.launch(job("stopped", recipe(400)));
            Await.until("a checkpoint", PATIENCE, () -> hasCheckpoint("stopped"));
        }
        assertTrue(store.manifest(ArtifactLayout.quantization("stopped")).isEmpty(), "the run ended before it was told to stop");

        try (KafkaProbe kafka = new KafkaProbe(servers.bootstrapServers()); JobLauncher again = launcher()) {
            kafka.await("quantize.done", PATIENCE, r -> "stopped".equals(r.key()));
            assertTrue(log("stopped").contains("restored runId=stopped"));
        }
    }

    @Test
    void givenABudgetThatRoundingCannotKeep_whenTheRecipeAllowsIt_thenTheModelLearnsForIt() throws Exception {
        QuantizationRecipe recipe = recipe(4).toBuilder().clearSchemes().addSchemes("int8").setMaxSize(sizeBetweenFourAndEightBits()).build();
        try (KafkaProbe kafka = new KafkaProbe(servers.bootstrapServers()); JobLauncher launcher = launcher()) {
            launcher.launch(job("fallback", recipe));
            QuantizeDone done = EventCodec.<QuantizeDone>decode(Topic.QUANTIZE_DONE, kafka.await("quantize.done", PATIENCE, r -> "fallback".equals(r.key()))).data();

            assertEquals(LEARNED, done.getChosenScheme());
            assertEquals(List.of("int8", LEARNED), done.getTriedList().stream().map(SchemeTried::getScheme).toList());
            assertEquals(1, done.getModelsCount());
        }
    }

    /** By hand: bf16 outside the linear modules, whose 18,432 weights take 4.5 bits by groups of 32, and a little over 8 by channel. */
    private static long sizeBetweenFourAndEightBits() {
        long linear = 2 * (32 * 32 + 2 * 16 * 32 + 32 * 32 + 3 * 32 * 64);
        long others = 2 * (4096 * 32 + 5 * 32);
        return others + linear * 6 / 8 + 4096;
    }

    private static QuantizationRecipe recipe(int steps) {
        TrainingRecipe training = TrainingRecipe.newBuilder().setMethod("full").setObjective("chat").setMaxSteps(steps).setSaveSteps(8).setSequenceLen(32)
                .setMicroBatchSize(8).setLearningRate(1e-3).setComputeDtype("f32").build();
        return QuantizationRecipe.newBuilder().addSchemes(LEARNED).setGroupSize(32).setCalibrationRows(4)
                .setQat(QatRecipe.newBuilder().setWeightDtype("int4").setGroupSize(32).setTraining(training)).build();
    }

    private JobLauncher launcher() {
        return JobLaunchers.create(JobConfig.ofKind(QuantizerBeans.QAT, dir.resolve("work"), key -> java.util.Optional.empty()), QuantizerBeans.QAT, (job, event, failure) -> { });
    }

    private JobSpec job(String runId, QuantizationRecipe recipe) {
        AdapterTrained data = AdapterTrained.newBuilder().setRunId(runId).setModelName("m").setBaseModel("tiny-qat").setDataset(dataset).setAdapter(adapter)
                .setRecipe(Recipe.newBuilder().setQuantization(recipe)).build();
        Event<AdapterTrained> event = new Event<>("cause-of-" + runId, Topic.ADAPTER_TRAINED.type(), "test", runId, runId, "", Instant.EPOCH, "", data);
        Map<String, String> environment = new HashMap<>(storeConfig.toEnvironment());
        environment.put("KAFKA_BOOTSTRAP_SERVERS", servers.bootstrapServers());
        environment.put("HONE_WORK_DIR", dir.resolve("work").toString());
        // A tiny model gains nothing from threads that wait for each other on a busy machine.
        environment.put("OMP_NUM_THREADS", "1");
        return new JobSpec("qat-" + runId, QuantizeJob.class.getName(), StructuredEvents.print(event), environment);
    }

    private boolean hasCheckpoint(String runId) {
        try {
            return store.list(ArtifactLayout.roundedCheckpoints(runId)).stream().anyMatch(object -> object.key().endsWith(ArtifactLayout.MANIFEST));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ProcessHandle process(String runId) throws IOException {
        String pid = Files.readString(dir.resolve("work/qat/jobs/qat-" + runId + "/process")).split(" ")[0];
        return ProcessHandle.of(Long.parseLong(pid)).orElseThrow(() -> new AssertionError("the job is over before it was killed"));
    }

    private String log(String runId) throws IOException {
        return Files.readString(dir.resolve("work/qat/jobs/qat-" + runId + "/log.txt"));
    }

    private byte[] model(String runId) throws IOException {
        return store.read(ArtifactLayout.file(ArtifactLayout.model(runId, LEARNED), "model.safetensors")).orElseThrow();
    }

    private static RunProgress progress(org.apache.kafka.clients.consumer.ConsumerRecord<String, byte[]> record) {
        try {
            return EventCodec.<RunProgress>decode(Topic.RUN_PROGRESS, record).data();
        } catch (dev.hone.events.InvalidEvent e) {
            throw new AssertionError(e);
        }
    }

    private static ArtifactRef ref(ManifestRef ref) {
        return ArtifactRef.newBuilder().setManifest(ref.key()).setSha256(ref.sha256()).build();
    }
}
