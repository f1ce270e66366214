package dev.hone.events;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hone.v1.ArtifactRef;
import dev.hone.v1.Candidate;
import dev.hone.v1.Deploy;
import dev.hone.v1.DeployedRevision;
import org.junit.jupiter.api.Test;

class DeploymentsTest {
    private static final Deploy NOW = Deploy.newBuilder().setModelName("support").setRevision("r1").setModel(ref("models/r1/int8/manifest.json"))
            .setBaseModel("hone-nano").setScheme("int8").setDataset(ref("datasets/d1/manifest.json")).build();
    private static final DeployedRevision NEXT = DeployedRevision.newBuilder().setRevision("r2").setBaseModel("hone-nano")
            .setAdapter(ref("adapters/r2/manifest.json")).setWeights("unmerged").setServeAs("int8").setPinned(true).build();

    private static ArtifactRef ref(String manifest) {
        return ArtifactRef.newBuilder().setManifest(manifest).build();
    }

    private static Deploy tried() {
        return Deployments.tried(NOW, Candidate.newBuilder().setRevision(NEXT).setPercent(10).build(), "see how it does");
    }

    private static String refusal(Deploy deploy) {
        return assertThrows(InvalidEvent.class, () -> Deployments.check(deploy)).getMessage();
    }

    @Test
    void givenARevision_whenItBecomesARecordAndIsReadBack_thenNothingIsLost() {
        assertEquals(NEXT, Deployments.stable(Deployments.of("support", NEXT)));
        assertEquals(NOW, Deployments.of("support", Deployments.stable(NOW)));
    }

    @Test
    void givenACandidate_whenItIsPromoted_thenItServesAndWhatServedIsThePreviousOne() {
        Deploy promoted = Deployments.promoted(tried(), "it did well");

        assertEquals(NEXT, Deployments.stable(promoted));
        assertEquals(Deployments.stable(NOW), promoted.getPrevious());
        assertFalse(promoted.hasCandidate());
        assertEquals("it did well", promoted.getReason());
    }

    @Test
    void givenAPromotion_whenItIsRolledBack_thenTheFormerRevisionServesAgainAndThePromotedOneCanReturn() {
        Deploy back = Deployments.rolledBack(Deployments.promoted(tried(), ""), "it did not");

        assertEquals(Deployments.stable(NOW), Deployments.stable(back));
        assertEquals(NEXT, back.getPrevious());
    }

    @Test
    void givenACandidate_whenItIsWithdrawn_thenTheRestStaysAsItWas() {
        assertEquals(NOW, Deployments.withoutCandidate(tried(), "").toBuilder().clearReason().build());
    }

    @Test
    void givenAGatesPlainRecord_whenReadAfterWhatItReplaced_thenThatCanBeGoneBackTo() {
        Deploy next = Deployments.of("support", NEXT);
        Deploy read = Deployments.after(NOW, next);
        assertEquals(Deployments.stable(NOW), Deployments.stable(Deployments.rolledBack(read, "")));
        assertEquals(read, Deployments.after(read, next), "the same revision once more changes nothing");
        Deploy own = Deployments.replaced(tried(), NEXT, "").toBuilder().clearCandidate().build();
        assertEquals(own, Deployments.after(next, own));
    }

    @Test
    void givenNothingToPromoteOrToGoBackTo_whenAsked_thenTheSentenceSaysSo() {
        assertThrows(IllegalArgumentException.class, () -> Deployments.promoted(NOW, ""));
        assertThrows(IllegalArgumentException.class, () -> Deployments.rolledBack(NOW, ""));
    }

    @Test
    void givenRecordsThatCannotBeServed_whenChecked_thenEachGetsItsSentence() {
        assertDoesNotThrow(() -> Deployments.check(tried()));
        assertEquals("Expected either a model or an adapter for support, found neither.", refusal(NOW.toBuilder().clearModel().build()));
        assertEquals("Expected either a model or an adapter for support, found both.", refusal(NOW.toBuilder().setAdapter(NEXT.getAdapter()).build()));
        assertEquals("Expected a base or a base_model beside the adapter of support, found neither.",
                refusal(NOW.toBuilder().clearModel().clearBaseModel().setAdapter(NEXT.getAdapter()).build()));
        assertEquals("Expected an adapter for support to be served unmerged, found a model.", refusal(NOW.toBuilder().setWeights("unmerged").build()));
        assertEquals("Expected a revision for support's candidate, found none.",
                refusal(NOW.toBuilder().setCandidate(Candidate.newBuilder().setPercent(5)).build()));
        assertEquals("Expected a candidate of support with a name of its own, found r1, which is the one that serves.",
                refusal(NOW.toBuilder().setCandidate(Candidate.newBuilder().setRevision(Deployments.stable(NOW))).build()));
    }
}
