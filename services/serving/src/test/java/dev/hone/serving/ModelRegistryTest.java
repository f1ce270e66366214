package dev.hone.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.events.Event;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.Deploy;
import dev.hone.v1.ServedModel;
import io.grpc.Status;
import io.grpc.StatusException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ModelRegistryTest {
    private final ScheduledExecutorService background = Executors.newSingleThreadScheduledExecutor();
    private final FakeLoader loader = new FakeLoader();
    private final List<String> failures = new ArrayList<>();
    private final ModelRegistry registry = new ModelRegistry(loader, background, (event, reason) -> failures.add(event.data().getRevision() + ": " + reason));

    private static final class FakeLoader implements ModelLoader {
        private final Map<String, FakeModel> models = new HashMap<>();
        private final List<String> loads = new ArrayList<>();
        private final List<String> forgotten = new ArrayList<>();
        private final AtomicInteger outages = new AtomicInteger();

        @Override
        public TextModel load(Deploy deploy) throws IOException {
            loads.add(deploy.getRevision());
            if (outages.getAndDecrement() > 0) {
                throw new IOException("connection refused");
            }
            if (deploy.getRevision().startsWith("broken")) {
                throw new IllegalStateException("Expected 8 weights, found 7.");
            }
            return models.computeIfAbsent(deploy.getRevision(), FakeModel::new);
        }

        @Override
        public void forget(Deploy deploy) {
            forgotten.add(deploy.getRevision());
        }
    }

    private static Event<Deploy> deploy(String name, String revision) {
        Deploy deploy = Deploy.newBuilder().setModelName(name).setRevision(revision)
                .setModel(ArtifactRef.newBuilder().setManifest("models/" + revision + "/int8/manifest.json")).build();
        return new Event<>("id-" + revision, "dev.hone.deploy.v1", "test", name, revision, "", Instant.EPOCH, "", deploy);
    }

    @AfterEach
    void stop() {
        background.shutdownNow();
    }

    /** Work submitted so far is done when this returns. */
    private void settle() throws Exception {
        background.submit(() -> {}).get(10, TimeUnit.SECONDS);
        background.submit(() -> {}).get(10, TimeUnit.SECONDS);
    }

    private ServedModel only() {
        assertEquals(1, registry.list().size());
        return registry.list().getFirst();
    }

    @Test
    void givenTheTopicIsNotReadYet_whenAskedForAModel_thenItIsUnavailableAndNotMissing() {
        assertEquals(Status.Code.UNAVAILABLE, assertThrows(StatusException.class, () -> registry.lease("support")).getStatus().getCode());
        assertFalse(registry.isReady());
    }

    @Test
    void givenAReplay_whenItsModelsAreLoaded_thenTheRegistryIsReadyAndServesThem() throws Exception {
        registry.replay(Map.of("support", deploy("support", "r1")));
        settle();

        assertTrue(registry.isReady());
        assertEquals("serving", only().getState());
        try (ServedRevision.Lease lease = registry.lease("support")) {
            assertEquals("r1", lease.deploy().getRevision());
        }
        StatusException missing = assertThrows(StatusException.class, () -> registry.lease("sales"));
        assertEquals(Status.Code.NOT_FOUND, missing.getStatus().getCode());
        assertEquals("No model is deployed under the name \"sales\". Deployed are: support.", missing.getStatus().getDescription());
    }

    @Test
    void givenAnAnswerInFlight_whenItsRevisionIsReplaced_thenTheModelClosesOnlyAfterTheAnswer() throws Exception {
        registry.replay(Map.of("support", deploy("support", "r1")));
        settle();
        ServedRevision.Lease inFlight = registry.lease("support");

        registry.deploy(deploy("support", "r2"));
        settle();
        try (ServedRevision.Lease next = registry.lease("support")) {
            assertEquals("r2", next.deploy().getRevision());
        }
        assertFalse(loader.models.get("r1").closed);

        inFlight.close();
        settle();
        assertTrue(loader.models.get("r1").closed);
        assertEquals(List.of("r1"), loader.forgotten);
        assertFalse(loader.models.get("r2").closed);
    }

    @Test
    void givenARevisionThatCannotBeLoaded_whenDeployed_thenTheFormerServesOnAndTheFailureIsToldOnce() throws Exception {
        registry.replay(Map.of("support", deploy("support", "r1")));
        settle();
        registry.deploy(deploy("support", "broken"));
        settle();

        assertEquals("r1", only().getRevision());
        assertEquals("failed", only().getState());
        assertEquals("Expected 8 weights, found 7.", only().getMessage());
        assertEquals(List.of("broken: Expected 8 weights, found 7."), failures);
        registry.lease("support").close();
        assertFalse(loader.models.get("r1").closed);
    }

    @Test
    void givenOnlyABrokenRevision_whenAskedForIt_thenItIsReadyAndTheReasonIsInTheAnswer() throws Exception {
        registry.replay(Map.of("support", deploy("support", "broken")));
        settle();

        assertTrue(registry.isReady());
        StatusException refused = assertThrows(StatusException.class, () -> registry.lease("support"));
        assertEquals(Status.Code.NOT_FOUND, refused.getStatus().getCode());
        assertTrue(refused.getStatus().getDescription().contains("Expected 8 weights, found 7."));
    }

    @Test
    void givenTheStoreIsAway_whenDeployed_thenTheLoadIsTriedAgainUntilItSucceeds() throws Exception {
        loader.outages.set(1);
        registry.replay(Map.of("support", deploy("support", "r1")));
        settle();
        assertFalse(registry.isReady());
        assertEquals("loading", only().getState());
        assertTrue(only().getMessage().contains("connection refused"));

        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!registry.isReady() && System.nanoTime() < end) {
            Thread.sleep(20);
        }
        assertEquals("serving", only().getState());
        assertEquals(List.of(), failures);
    }

    @Test
    void givenDeploysFasterThanLoads_whenTheQueueIsWorkedOff_thenOnlyTheLastIsLoaded() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        background.execute(() -> await(busy));
        registry.replay(Map.of("support", deploy("support", "r1")));
        registry.deploy(deploy("support", "r2"));
        registry.deploy(deploy("support", "r3"));
        busy.countDown();
        settle();

        assertEquals(List.of("r3"), loader.loads);
        assertEquals("r3", only().getRevision());
    }

    @Test
    void givenTheSameDeployTwice_whenItServesAlready_thenItIsNotLoadedAgain() throws Exception {
        registry.replay(Map.of("support", deploy("support", "r1")));
        settle();
        registry.deploy(deploy("support", "r1"));
        settle();

        assertEquals(List.of("r1"), loader.loads);
    }

    @Test
    void givenAWithdrawal_whenNoAnswerIsInFlight_thenTheModelIsClosedAndMissing() throws Exception {
        registry.replay(Map.of("support", deploy("support", "r1")));
        settle();
        registry.withdraw("support");
        settle();

        assertTrue(loader.models.get("r1").closed);
        assertEquals(Status.Code.NOT_FOUND, assertThrows(StatusException.class, () -> registry.lease("support")).getStatus().getCode());
    }

    @Test
    void givenASecondReplay_whenItLacksAName_thenThatModelIsWithdrawn() throws Exception {
        registry.replay(Map.of("support", deploy("support", "r1"), "sales", deploy("sales", "s1")));
        settle();
        registry.replay(Map.of("sales", deploy("sales", "s1")));
        settle();

        assertEquals("sales", only().getName());
        assertTrue(loader.models.get("r1").closed);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
