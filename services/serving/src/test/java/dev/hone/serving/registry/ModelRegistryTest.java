package dev.hone.serving.registry;

import static dev.hone.serving.registry.Records.adapter;
import static dev.hone.serving.registry.Records.model;
import static dev.hone.serving.registry.Records.serve;
import static dev.hone.serving.registry.Records.trial;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.events.Deployments;
import dev.hone.events.Event;
import dev.hone.serving.answer.Refusal;
import dev.hone.serving.answer.ServingObserver;
import dev.hone.serving.models.AdapterCache;
import dev.hone.serving.models.FakeModels;
import dev.hone.v1.Deploy;
import dev.hone.v1.ServedModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ModelRegistryTest {
    private final ScheduledExecutorService background = Executors.newSingleThreadScheduledExecutor();
    private final FakeModels store = new FakeModels();
    private final AdapterCache adapters = new AdapterCache(store, Runnable::run, new AdapterCache.Limits(1000, 2), new AdapterCache.Observer() {});
    private final List<String> told = new ArrayList<>();
    private final RegistryListener listener = new RegistryListener() {
        @Override
        public void unservable(Event<Deploy> record, String revision, String reason) {
            told.add(revision + ": " + reason);
        }

        @Override
        public void failedTrial(Event<Deploy> record, String reason) {
            told.add(record.data().getModelName() + " failed: " + reason);
        }
    };
    private final ModelRegistry registry = new ModelRegistry(new SharedLoader(store, adapters, ServingObserver.NONE), background, listener, ServingObserver.NONE);

    @AfterEach
    void stop() {
        background.shutdownNow();
    }

    /** Work submitted so far is done when this returns, and what that submitted. */
    private void settle() throws Exception {
        for (int i = 0; i < 3; i++) {
            background.submit(() -> {}).get(10, TimeUnit.SECONDS);
        }
    }

    @SafeVarargs
    private void replay(Event<Deploy>... records) throws Exception {
        Map<String, Event<Deploy>> last = new TreeMap<>();
        List.of(records).forEach(record -> last.put(record.data().getModelName(), record));
        registry.replay(last);
        settle();
    }

    private void deploy(Event<Deploy> record) throws Exception {
        registry.deploy(record);
        settle();
    }

    private ServedModel only() {
        assertEquals(1, registry.list().size());
        return registry.list().getFirst();
    }

    private String answers(String name) throws Refusal {
        try (Lease lease = registry.lease(name, "c")) {
            return lease.revision().label();
        }
    }

    private Refusal refusal(String name) {
        return assertThrows(Refusal.class, () -> registry.lease(name, "c"));
    }

    private List<String> roles() {
        return only().getRevisionsList().stream().map(one -> one.getRole() + " " + one.getRevision() + " " + one.getState() + " " + one.getPercent() + "% " + one.getWeights()).toList();
    }

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

    @Test
    void givenACandidateOfAFifth_whenManyConversationsAsk_thenEachStaysWhereItsHashPutsIt() throws Exception {
        replay(trial("support", model("r1"), model("r2"), 20, 0));

        int taken = 0;
        for (int i = 0; i < 500; i++) {
            String conversation = "conversation-" + i;
            boolean expected = Split.takes("support", "r2", conversation, 20);
            try (Lease first = registry.lease("support", conversation); Lease second = registry.lease("support", conversation)) {
                assertEquals(expected ? "r2" : "r1", first.revision().label());
                assertEquals(first.revision(), second.revision());
            }
            taken += expected ? 1 : 0;
        }
        assertEquals(100, taken, 27); // three standard deviations of 500 draws
        assertEquals(List.of("stable r1 serving 80% model", "candidate r2 serving 20% model"), roles());
    }

    @Test
    void givenACandidate_whenItIsPromoted_thenItServesAllWithoutBeingLoadedAgain() throws Exception {
        Event<Deploy> tried = trial("support", model("r1"), model("r2"), 20, 0);
        replay(tried);
        deploy(Records.event(Deployments.promoted(tried.data(), "good")));

        assertEquals("r2", answers("support"));
        assertEquals(List.of("models/r1", "models/r2"), store.loads);
        assertEquals(List.of("models/r1"), store.closed);
        assertEquals(List.of("stable r2 serving 100% model", "previous r1 idle 0% "), roles());
    }

    @Test
    void givenARollback_whenItArrives_thenTheFormerRevisionServes() throws Exception {
        Deploy second = Deployments.replaced(Deployments.of("support", model("r1")), model("r2"), "");
        replay(Records.event(second));
        deploy(Records.event(Deployments.rolledBack(second, "worse")));
        assertEquals("r1", answers("support"));
    }

    @Test
    void givenACandidateThatCannotBeLoaded_whenTried_thenTheStableRevisionAnswersAll() throws Exception {
        store.broken.add("models/bad");
        replay(trial("support", model("r1"), model("bad"), 100, 0));

        assertTrue(registry.isReady());
        assertEquals("r1", answers("support"));
        assertEquals(List.of("stable r1 serving 100% model", "candidate bad failed 0% model"), roles());
    }

    @Test
    void givenBadFeedback_whenTheCandidateFallsBelowItsBound_thenItGetsNoTrafficAndItIsToldOnce() throws Exception {
        replay(trial("support", model("r1"), model("r2"), 100, 0));
        assertEquals("r2", answers("support"));

        registry.judged("support", "r1", "x", Records.NOW, false);
        registry.judged("support", "r2", "a", Records.NOW, false);
        registry.judged("support", "r2", "b", Records.NOW, false);
        registry.judged("support", "r2", "c", Records.NOW, false);
        settle();

        assertEquals("r1", answers("support"));
        assertEquals(List.of("support failed: Expected at least 0.5 of the judged answers of r2, which is tried as support to be good, found 0 of 2."), told);
    }

    @Test
    void givenErrors_whenTheyPassTheBound_thenTheTrialHasFailed() throws Exception {
        replay(trial("support", model("r1"), model("r2"), 100, 0));
        registry.answered("support", "r2", true);
        registry.answered("support", "r2", true);
        settle();
        assertEquals("r1", answers("support"));
        assertEquals(1, told.size());
    }

    @Test
    void givenAShadow_whenTheStableRevisionAnswered_thenACopyIsForTheCandidate() throws Exception {
        replay(trial("support", model("r1"), model("r2"), 0, 100));
        assertEquals("r1", answers("support"));

        Optional<Lease> copy = registry.shadow("support", "r1", "request");
        assertEquals("r2", copy.orElseThrow().revision().label());
        assertEquals(Optional.empty(), registry.shadow("support", "r2", "request"));
    }

    @Test
    void givenOneAdapter_whenASecondOfItsBaseComes_thenBothShareTheBaseAndWhenItGoesTheOtherIsMerged() throws Exception {
        replay(serve("support", adapter("a1")));
        assertEquals(List.of("base/tiny+adapters/a1"), store.loads);

        deploy(serve("sales", adapter("b1")));
        assertEquals(List.of("base/tiny+adapters/a1", "base/tiny", "adapters/b1", "adapters/a1"), store.loads);
        assertEquals(List.of("base/tiny+adapters/a1"), store.closed);
        assertEquals("unmerged", registry.list().getFirst().getRevisions(0).getWeights());

        registry.withdraw("sales");
        settle();
        assertEquals("merged", only().getRevisions(0).getWeights());
        assertTrue(store.closed.contains("base/tiny"));
    }

    @Test
    void givenManyAdaptersAtTheStart_whenReplayed_thenOnlyThePinnedOneIsLoadedBeforeItIsAskedFor() throws Exception {
        replay(serve("a", adapter("a1")), serve("b", adapter("b1").toBuilder().setPinned(true).build()), serve("c", adapter("c1")));

        assertTrue(registry.isReady());
        assertEquals(List.of("base/tiny", "adapters/b1"), store.loads);
        assertFalse(registry.list().get(0).getRevisions(0).getAdapterLoaded());
        assertTrue(registry.list().get(1).getRevisions(0).getAdapterLoaded());

        try (Lease lease = registry.lease("a", "c")) {
            lease.adapter().join().orElseThrow().close();
        }
        assertTrue(registry.list().get(0).getRevisions(0).getAdapterLoaded());
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
