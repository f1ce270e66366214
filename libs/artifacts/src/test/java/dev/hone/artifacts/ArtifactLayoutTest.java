package dev.hone.artifacts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ArtifactLayoutTest {
    @Test
    void givenADirectoryOrItsManifest_whenAsked_thenBothMeanTheSamePlace() {
        assertEquals("adapters/r1/manifest.json", ArtifactLayout.manifest(ArtifactLayout.adapter("r1")));
        assertEquals("adapters/r1/manifest.json", ArtifactLayout.manifest("adapters/r1/manifest.json"));
        assertEquals("adapters/r1/", ArtifactLayout.directory("adapters/r1/manifest.json"));
    }

    @Test
    void givenANameThatClimbsOut_whenAKeyIsBuilt_thenItIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> ArtifactLayout.adapter("../base"));
        assertThrows(IllegalArgumentException.class, () -> ArtifactLayout.dataset("a/b"));
        assertThrows(IllegalArgumentException.class, () -> ArtifactLayout.dataset(""));
    }

    @Test
    void givenSteps_whenCheckpointsAreSorted_thenKeysSortLikeSteps() {
        String prefix = ArtifactLayout.checkpoints("r1");
        assertEquals("checkpoints/r1/step-0000000009/", ArtifactLayout.checkpoint(prefix, 9));
        assertTrue(ArtifactLayout.checkpoint(prefix, 9).compareTo(ArtifactLayout.checkpoint(prefix, 10)) < 0);
    }

    @Test
    void givenWhatOneRunLeaves_whenLaidOut_thenNoTwoShareAPlace() {
        assertEquals(List.of("models/r1/bf16/", "models/r1/export/bf16/", "models/r1/report/", "models/r1/checkpoints/"),
                List.of(ArtifactLayout.model("r1", "bf16"), ArtifactLayout.export("r1", "bf16"), ArtifactLayout.quantization("r1"), ArtifactLayout.roundedCheckpoints("r1")));
    }

    @Test
    void givenTheWriters_whenTheirPrefixesAreAsked_thenEachHasItsOwn() {
        List<String> all = List.of("operator", "ingest", "trainer", "quantizer", "evaluator").stream().flatMap(writer -> ArtifactLayout.writtenBy(writer).stream()).sorted().toList();
        assertEquals(List.of("adapters/", "base/", "checkpoints/", "datasets/", "models/", "reports/"), all);
        assertTrue(ArtifactLayout.writtenBy("serving").isEmpty());
        assertTrue(ArtifactLayout.checkpoints("r1").startsWith("checkpoints/") && ArtifactLayout.adapter("r1").startsWith("adapters/"));
        assertTrue(ArtifactLayout.quantization("r1").startsWith("models/") && ArtifactLayout.report("r1").startsWith("reports/"));
    }
}
