package dev.hone.serving.registry;

import static dev.hone.serving.registry.Records.model;
import static dev.hone.serving.registry.Records.serve;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.serving.answer.Refusal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class ModelRegistryTest extends RegistryFixture {
    @Test
    void givenTheTopicIsNotReadYet_whenAskedForAModel_thenItIsUnavailableAndNotMissing() {
        assertEquals(Refusal.Code.UNAVAILABLE, refusal("support").code());
        assertFalse(registry.isReady());
    }

    @Test
    void givenAReplay_whenItsModelsAreLoaded_thenTheRegistryIsReadyAndServesThem() throws Exception {
        replay(serve("support", model("r1")));

        assertTrue(registry.isReady());
        assertEquals("serving", only().getState());
        assertEquals("r1", answers("support"));
        assertEquals(Refusal.Code.NOT_FOUND, refusal("sales").code());
        assertEquals("No model is deployed under the name \"sales\". Deployed are: support.", refusal("sales").getMessage());
    }

    @Test
    void givenAnAnswerInFlight_whenItsRevisionIsReplaced_thenTheModelClosesOnlyAfterTheAnswer() throws Exception {
        replay(serve("support", model("r1")));
        Lease inFlight = registry.lease("support", "c");
        deploy(serve("support", model("r2")));

        assertEquals("r2", answers("support"));
        assertEquals(List.of(), store.closed);
        inFlight.close();
        settle();
        assertEquals(List.of("models/r1"), store.closed);
    }

    @Test
    void givenAReplacedRevision_whenItIsClosed_thenItsCopyStaysForARollbackAndTheOneBeforeGoes() throws Exception {
        replay(serve("support", model("r1")));
        deploy(serve("support", model("r2")));
        assertEquals(List.of(), store.forgotten);
        deploy(serve("support", model("r3")));
        assertEquals(List.of("models/r1", "models/r2"), store.closed);
        assertEquals(List.of("models/r1"), store.forgotten);
    }

    @Test
    void givenARevisionThatCannotBeLoaded_whenDeployed_thenTheFormerServesOnAndTheFailureIsToldOnce() throws Exception {
        store.broken.add("models/bad");
        replay(serve("support", model("r1")));
        deploy(serve("support", model("bad")));

        assertEquals("r1", only().getRevision());
        assertEquals("failed", only().getState());
        assertEquals("Expected 8 weights, found 7.", only().getMessage());
        assertEquals(List.of("bad: Expected 8 weights, found 7."), told);
        assertEquals("r1", answers("support"));
        assertEquals(List.of("stable r1 serving 100% model", "next bad failed 0% model", "previous r1 idle 0% "), roles());
    }

    @Test
    void givenOnlyABrokenRevision_whenAskedForIt_thenItIsReadyAndTheReasonIsInTheAnswer() throws Exception {
        store.broken.add("models/bad");
        replay(serve("support", model("bad")));

        assertTrue(registry.isReady());
        assertEquals(Refusal.Code.NOT_FOUND, refusal("support").code());
        assertTrue(refusal("support").getMessage().contains("Expected 8 weights, found 7."));
    }

    @Test
    void givenTheStoreIsAway_whenDeployed_thenTheLoadIsTriedAgainUntilItSucceeds() throws Exception {
        store.outages.put("models/r1", 1);
        replay(serve("support", model("r1")));
        assertFalse(registry.isReady());
        assertEquals("loading", only().getState());
        assertTrue(only().getMessage().contains("connection refused"));

        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!registry.isReady() && System.nanoTime() < end) {
            Thread.sleep(20);
        }
        assertEquals("serving", only().getState());
        assertEquals(List.of(), told);
    }

    @Test
    void givenDeploysFasterThanLoads_whenTheQueueIsWorkedOff_thenOnlyTheLastIsLoaded() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        background.execute(() -> await(busy));
        registry.replay(Map.of("support", serve("support", model("r1"))));
        registry.deploy(serve("support", model("r2")));
        registry.deploy(serve("support", model("r3")));
        busy.countDown();
        settle();

        assertEquals(List.of("models/r3"), store.loads);
        assertEquals("r3", only().getRevision());
    }

    @Test
    void givenTheSameDeployTwice_whenItServesAlready_thenItIsNotLoadedAgain() throws Exception {
        replay(serve("support", model("r1")));
        deploy(serve("support", model("r1")));
        assertEquals(List.of("models/r1"), store.loads);
    }

    @Test
    void givenAWithdrawal_whenNoAnswerIsInFlight_thenTheModelIsClosedForgottenAndMissing() throws Exception {
        replay(serve("support", model("r1")));
        registry.withdraw("support");
        settle();

        assertEquals(List.of("models/r1"), store.closed);
        assertEquals(List.of("models/r1"), store.forgotten);
        assertEquals(Refusal.Code.NOT_FOUND, refusal("support").code());
    }

    @Test
    void givenASecondReplay_whenItLacksAName_thenThatModelIsWithdrawn() throws Exception {
        replay(serve("support", model("r1")), serve("sales", model("s1")));
        replay(serve("sales", model("s1")));

        assertEquals("sales", only().getName());
        assertEquals(List.of("models/r1"), store.closed);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
