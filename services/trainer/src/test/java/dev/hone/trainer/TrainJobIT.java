package dev.hone.trainer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.events.Event;
import dev.hone.events.StructuredEvents;
import dev.hone.events.Topic;
import dev.hone.jobs.JobConfig;
import dev.hone.jobs.JobLauncher;
import dev.hone.jobs.JobLaunchers;
import dev.hone.jobs.JobSpec;
import dev.hone.testkit.Await;
import dev.hone.testkit.HoneServers;
import dev.hone.testkit.KafkaProbe;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.Recipe;
import dev.hone.v1.TrainRequested;
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
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The promise that a run survives its process: real processes, a real broker, a real store. */
class TrainJobIT {

    private static final Duration PATIENCE = Duration.ofSeconds(600);
    private static final int STEPS = 60;

    @TempDir
    Path dir;

    private final HoneServers servers = HoneServers.start();
    private final ArtifactStore store = TestWorld.store(servers);
    private String dataset;

    @BeforeEach
    void prepare() throws Exception {
        TestWorld.publishBaseModel(store, dir);
        dataset = TestWorld.publishDataset(store, dir);
    }

    @Test
    void givenJobIsKilledMidRun_whenItGoesOn_thenTheAdapterEqualsAnUndisturbedOneToTheLastBit() throws Exception {
        try (KafkaProbe kafka = TestWorld.kafka(servers); JobLauncher launcher = launcher()) {
            launcher.launch(job("undisturbed"));
            kafka.await("adapter.trained", PATIENCE, r -> "undisturbed".equals(r.key()));

            launcher.launch(job("disturbed"));
            Await.until("a checkpoint", PATIENCE, () -> hasCheckpoint("disturbed"));
            process("disturbed").destroyForcibly();
            kafka.await("adapter.trained", PATIENCE, r -> "disturbed".equals(r.key()));

            assertTrue(log("disturbed").contains("restored runId=disturbed"), "the second process began anew");
            assertArrayEquals(adapter("undisturbed"), adapter("disturbed"));
            assertEquals(List.of(), store.list(ArtifactLayout.checkpoints("disturbed")), "checkpoints outlive the run");
            assertProgressEverySecond(kafka, "undisturbed");
        }
    }

    @Test
    void givenJobIsToldToStop_whenItIsStartedAgain_thenItGoesOnFromWhereItWas() throws Exception {
        try (JobLauncher launcher = launcher()) {
            launcher.launch(job("stopped"));
            Await.until("a checkpoint", PATIENCE, () -> hasCheckpoint("stopped"));
        }
        assertTrue(store.manifest(ArtifactLayout.adapter("stopped")).isEmpty(), "the run ended before it was told to stop");

        try (KafkaProbe kafka = TestWorld.kafka(servers); JobLauncher again = launcher()) {
            kafka.await("adapter.trained", PATIENCE, r -> "stopped".equals(r.key()));
            assertTrue(log("stopped").contains("restored runId=stopped"));
        }
    }

    @Test
    void givenAdapterIsThere_whenTheSameRunIsAskedForAgain_thenOnlyTheEventIsRepeated() throws Exception {
        try (KafkaProbe kafka = TestWorld.kafka(servers); JobLauncher launcher = launcher()) {
            launcher.launch(job("again", 1));
            var first = kafka.await("adapter.trained", PATIENCE, r -> "again".equals(r.key()));
            Await.until("the job's end", PATIENCE, () -> !Files.exists(dir.resolve("work/jobs/train-again/job.properties")));

            launcher.launch(job("again", 1));
            var both = kafka.await("adapter.trained", PATIENCE, 2, r -> "again".equals(r.key()));

            assertEquals(KafkaProbe.text(first), KafkaProbe.text(both.get(1)));
            assertEquals(KafkaProbe.header(first, "ce_id"), KafkaProbe.header(both.get(1), "ce_id"));
        }
    }

    @Test
    void givenDatasetIsNotThere_whenTrained_thenTheRunFailsAsUserError() throws Exception {
        try (KafkaProbe kafka = TestWorld.kafka(servers); JobLauncher launcher = launcher()) {
            dataset = "datasets/never-written/manifest.json";
            launcher.launch(job("nothing"));

            String failed = KafkaProbe.text(kafka.await("run.failed", PATIENCE, r -> "nothing".equals(r.key())));
            assertTrue(failed.contains("\"code\":\"unknown_dataset\"") && failed.contains("\"kind\":\"user_error\""), failed);
        }
    }

    private static void assertProgressEverySecond(KafkaProbe kafka, String runId) {
        List<Long> times = kafka.all("run.progress").stream().filter(r -> runId.equals(r.key())).map(r -> r.timestamp()).toList();
        List<Long> gaps = IntStream.range(1, times.size()).mapToObj(i -> times.get(i) - times.get(i - 1)).sorted().toList();
        assertFalse(gaps.isEmpty(), "found " + times.size() + " progress events");
        // The median: on a machine that does ten other things, single ones come late.
        assertTrue(gaps.get(gaps.size() / 2) <= 1_000, "found these milliseconds without progress: " + gaps);
    }

    private JobLauncher launcher() {
        return JobLaunchers.create(JobConfig.local(dir.resolve("work")), RunFailures.TRAIN, (job, event, failure) -> { });
    }

    private JobSpec job(String runId) {
        return job(runId, STEPS);
    }

    private JobSpec job(String runId, int steps) {
        TrainRequested data = TrainRequested.newBuilder().setRunId(runId).setDatasetId(TestWorld.DATASET).setModelName("m")
                .setBaseModel(TestWorld.BASE).setDataset(ArtifactRef.newBuilder().setManifest(dataset)).setRecipe(recipe(steps)).build();
        Event<TrainRequested> event = new Event<>("cause-of-" + runId, Topic.TRAIN_REQUESTED.type(), "test", runId, runId, "", Instant.EPOCH, "", data);
        Map<String, String> environment = new HashMap<>(TestWorld.storeConfig(servers).toEnvironment());
        environment.put("KAFKA_BOOTSTRAP_SERVERS", servers.bootstrapServers());
        environment.put("HONE_WORK_DIR", dir.resolve("work").toString());
        // A tiny model gains nothing from threads that wait for each other on a busy machine.
        environment.put("OMP_NUM_THREADS", "1");
        return new JobSpec("train-" + runId, TrainJob.class.getName(), StructuredEvents.print(event), environment);
    }

    private static Recipe recipe(int steps) {
        TrainingRecipe.Builder training = TrainingRecipe.newBuilder().setMaxSteps(steps).setSaveSteps(15).setEvalSteps(20)
                .setEarlyStoppingPatience(0).setLoraR(4).setLoraDropout(0.1).setSequenceLen(32);
        return RecipeDefaults.complete(Recipe.newBuilder().setTraining(training).build(), TestWorld.FACTS, new DatasetFacts(48, 32, "chat"));
    }

    private boolean hasCheckpoint(String runId) {
        try {
            return store.list(ArtifactLayout.checkpoints(runId)).stream().anyMatch(object -> object.key().endsWith(ArtifactLayout.MANIFEST));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ProcessHandle process(String runId) throws IOException {
        String pid = Files.readString(dir.resolve("work/jobs/train-" + runId + "/process")).split(" ")[0];
        return ProcessHandle.of(Long.parseLong(pid)).orElseThrow(() -> new AssertionError("the job is over before it was killed"));
    }

    private String log(String runId) throws IOException {
        return Files.readString(dir.resolve("work/jobs/train-" + runId + "/log.txt"));
    }

    private byte[] adapter(String runId) throws IOException {
        return store.read(ArtifactLayout.file(ArtifactLayout.adapter(runId), "adapter_model.safetensors")).orElseThrow();
    }
}
