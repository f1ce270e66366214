package dev.hone.cli.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.v1.ServedModel;
import dev.hone.v1.ServedRevision;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServedTableTest {
    @Test
    void givenNothingDeployed_whenShown_thenASentence() {
        assertEquals(List.of("No model is deployed yet."), ServedTable.of(List.of()));
    }

    @Test
    void givenARevisionOnTrialAndAnAdapter_whenShown_thenALineForEachWithItsShareOfTheTraffic() {
        ServedModel model = ServedModel.newBuilder().setName("support").setRevision("v1").setScheme("int8").setParameters(5_180_672).setContextLength(2048)
                .addRevisions(ServedRevision.newBuilder().setRevision("v1").setRole("stable").setPercent(90).setState("serving").setBaseModel("hone-nano"))
                .addRevisions(ServedRevision.newBuilder().setRevision("v2").setRole("candidate").setPercent(10).setShadowPercent(5).setState("serving").setBaseModel("hone-nano")
                        .setAdapter("adapters/v2/manifest.json").setWeights("unmerged").setServeAs("int4").setPinned(true))
                .addRevisions(ServedRevision.newBuilder().setRevision("v3").setRole("next").setState("failed").setMessage("Damaged.").setBaseModel("hone-nano")).build();

        List<String> lines = ServedTable.of(List.of(model));

        assertTrue(lines.get(1).matches("support +v1 +90 % +hone-nano +int8 +5,180,672 +2,048 +serving *"), lines.get(1));
        assertTrue(lines.get(2).matches("support +v2 +trial: 10 %, copies of 5 % +hone-nano +int4, unmerged adapter, pinned +.*serving *"), lines.get(2));
        assertTrue(lines.get(3).contains("failed: Damaged."), lines.get(3));
    }
}
