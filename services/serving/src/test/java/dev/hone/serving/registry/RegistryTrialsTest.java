package dev.hone.serving.registry;

import static dev.hone.serving.registry.Records.adapter;
import static dev.hone.serving.registry.Records.model;
import static dev.hone.serving.registry.Records.serve;
import static dev.hone.serving.registry.Records.trial;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.events.Deployments;
import dev.hone.events.Event;
import dev.hone.v1.Deploy;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Candidates, shadows, and weights that several names share. */
class RegistryTrialsTest extends RegistryFixture {
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
}
