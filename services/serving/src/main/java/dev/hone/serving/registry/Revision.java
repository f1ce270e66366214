package dev.hone.serving.registry;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ManifestRef;
import dev.hone.events.Deployments;
import dev.hone.llm.engine.ServedAs;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.Deploy;
import dev.hone.v1.DeployedRevision;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** A revision of a name, as a deploy record describes it. @param model the name under which it answers */
public record Revision(String model, DeployedRevision parts) {
    public Revision {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(parts, "parts");
    }

    static Revision stable(Deploy deploy) {
        return new Revision(deploy.getModelName(), Deployments.stable(deploy));
    }

    static Optional<Revision> candidate(Deploy deploy) {
        return deploy.hasCandidate() ? Optional.of(new Revision(deploy.getModelName(), deploy.getCandidate().getRevision())) : Optional.empty();
    }

    static Optional<Revision> previous(Deploy deploy) {
        return deploy.hasPrevious() ? Optional.of(new Revision(deploy.getModelName(), deploy.getPrevious())) : Optional.empty();
    }

    /** What answers name. */
    public String label() {
        return parts.getRevision();
    }

    boolean isAdapter() {
        return parts.hasAdapter();
    }

    /** The model directory: its own, or the one that its adapter is for. */
    ManifestRef directory() {
        if (!isAdapter()) {
            return ref(parts.getModel());
        }
        return parts.hasBase() ? ref(parts.getBase()) : new ManifestRef(ArtifactLayout.manifest(ArtifactLayout.baseModel(parts.getBaseModel())), "");
    }

    ManifestRef adapter() {
        return ref(parts.getAdapter());
    }

    private static ManifestRef ref(ArtifactRef ref) {
        return new ManifestRef(ref.getManifest(), ref.getSha256());
    }

    ServedAs servedAs() {
        return parts.getServeAs().isEmpty() ? ServedAs.STORED : ServedAs.valueOf(parts.getServeAs().toUpperCase(Locale.ROOT));
    }

    /** Whether both are adapters that nobody wants merged, over the same base in the same type. */
    boolean mayShareItsBaseWith(Revision other) {
        return other.isAdapter() && !other.parts.getWeights().equals("merged") && other.servedAs() == servedAs()
                && other.directory().key().equals(directory().key());
    }

    /** All that lies in the store for it. */
    Stream<ManifestRef> artifacts() {
        return isAdapter() ? Stream.of(directory(), adapter()) : Stream.of(directory());
    }
}
