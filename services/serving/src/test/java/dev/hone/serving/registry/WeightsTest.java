package dev.hone.serving.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hone.v1.ArtifactRef;
import dev.hone.v1.DeployedRevision;
import java.util.List;
import org.junit.jupiter.api.Test;

class WeightsTest {
    private static Revision adapter(String name, String base, String weights, String as) {
        return new Revision("m", DeployedRevision.newBuilder().setRevision(name).setBaseModel(base).setWeights(weights).setServeAs(as)
                .setAdapter(ArtifactRef.newBuilder().setManifest("adapters/" + name + "/manifest.json")).build());
    }

    private static Weights of(Revision first, Revision... others) {
        return Weights.of(first, java.util.stream.Stream.concat(java.util.stream.Stream.of(first), List.of(others).stream()).toList());
    }

    @Test
    void givenAModelDirectory_whenAsked_thenThereIsNothingToDecide() {
        assertEquals(Weights.MODEL, of(new Revision("m", DeployedRevision.newBuilder().setRevision("r").setModel(ArtifactRef.newBuilder().setManifest("models/r/int8/manifest.json")).build())));
    }

    @Test
    void givenOneAdapterOfABase_whenNothingIsSaid_thenItIsMerged() {
        assertEquals(Weights.MERGED, of(adapter("a", "base", "", "int8"), adapter("b", "other", "", "int8"), adapter("c", "base", "", "bf16")));
    }

    @Test
    void givenTwoAdaptersOfABaseInOneType_whenNothingIsSaid_thenBothStayUnmerged() {
        assertEquals(Weights.UNMERGED, of(adapter("a", "base", "auto", "int8"), adapter("b", "base", "", "int8")));
        assertEquals(Weights.UNMERGED, of(adapter("a", "base", "", ""), adapter("b", "base", "unmerged", "stored")));
    }

    @Test
    void givenTheSameAdapterUnderTwoNames_whenNothingIsSaid_thenItIsMerged() {
        assertEquals(Weights.MERGED, of(adapter("a", "base", "", ""), adapter("a", "base", "", "")));
    }

    @Test
    void givenAnotherThatIsMerged_whenNothingIsSaid_thenItSharesNothing() {
        assertEquals(Weights.MERGED, of(adapter("a", "base", "", ""), adapter("b", "base", "merged", "")));
    }

    @Test
    void givenTheRecordSaysWhich_whenAsked_thenThatHolds() {
        assertEquals(Weights.UNMERGED, of(adapter("a", "base", "unmerged", "")));
        assertEquals(Weights.MERGED, of(adapter("a", "base", "merged", ""), adapter("b", "base", "", "")));
    }
}
