package dev.hone.serving.registry;

import dev.hone.events.Deployments;
import dev.hone.events.Event;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.CanaryBounds;
import dev.hone.v1.Candidate;
import dev.hone.v1.Deploy;
import dev.hone.v1.DeployedRevision;
import java.time.Instant;

/** Records of the deploy topic, as tests write them. */
public final class Records {
    public static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private Records() {}

    public static DeployedRevision model(String revision) {
        return DeployedRevision.newBuilder().setRevision(revision).setBaseModel("tiny").setModel(ref("models/" + revision)).build();
    }

    public static DeployedRevision adapter(String revision) {
        return DeployedRevision.newBuilder().setRevision(revision).setBaseModel("tiny").setAdapter(ref("adapters/" + revision)).build();
    }

    private static ArtifactRef ref(String directory) {
        return ArtifactRef.newBuilder().setManifest(directory + "/manifest.json").build();
    }

    public static Event<Deploy> serve(String name, DeployedRevision revision) {
        return event(Deployments.of(name, revision));
    }

    public static Event<Deploy> trial(String name, DeployedRevision stable, DeployedRevision candidate, int percent, int shadow) {
        CanaryBounds bounds = CanaryBounds.newBuilder().setMinGoodShare(0.5).setMaxErrorRate(0.5).setMinSamples(2).build();
        return event(Deployments.tried(Deployments.of(name, stable), Candidate.newBuilder().setRevision(candidate).setPercent(percent).setShadowPercent(shadow).setBounds(bounds).build(), ""));
    }

    public static Event<Deploy> event(Deploy deploy) {
        return new Event<>("id-" + Integer.toHexString(deploy.hashCode()), "dev.hone.deploy.v1", "test", deploy.getModelName(), "", "", NOW, "", deploy);
    }
}
