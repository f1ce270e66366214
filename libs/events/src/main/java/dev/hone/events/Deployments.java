package dev.hone.events;

import dev.hone.v1.ArtifactRef;
import dev.hone.v1.Candidate;
import dev.hone.v1.Deploy;
import dev.hone.v1.DeployedRevision;

/**
 * What may be said on {@code deploy}: each function makes the next whole state of a name of its present one. A record that
 * was written by hand is {@link #check checked} by whoever acts on it.
 */
public final class Deployments {
    private Deployments() {}

    /** The revision that serves: the fields of the record itself. */
    public static DeployedRevision stable(Deploy deploy) {
        DeployedRevision.Builder stable = DeployedRevision.newBuilder().setRevision(deploy.getRevision()).setBaseModel(deploy.getBaseModel())
                .setScheme(deploy.getScheme()).setWeights(deploy.getWeights()).setServeAs(deploy.getServeAs()).setPinned(deploy.getPinned());
        if (deploy.hasModel()) {
            stable.setModel(deploy.getModel());
        }
        if (deploy.hasDataset()) {
            stable.setDataset(deploy.getDataset());
        }
        if (deploy.hasAdapter()) {
            stable.setAdapter(deploy.getAdapter());
        }
        if (deploy.hasBase()) {
            stable.setBase(deploy.getBase());
        }
        return stable.build();
    }

    /** The revision alone, as the first of its name. */
    public static Deploy of(String modelName, DeployedRevision revision) {
        Deploy.Builder deploy = Deploy.newBuilder().setModelName(modelName).setRevision(revision.getRevision()).setBaseModel(revision.getBaseModel())
                .setScheme(revision.getScheme()).setWeights(revision.getWeights()).setServeAs(revision.getServeAs()).setPinned(revision.getPinned());
        if (revision.hasModel()) {
            deploy.setModel(revision.getModel());
        }
        if (revision.hasDataset()) {
            deploy.setDataset(revision.getDataset());
        }
        if (revision.hasAdapter()) {
            deploy.setAdapter(revision.getAdapter());
        }
        if (revision.hasBase()) {
            deploy.setBase(revision.getBase());
        }
        return deploy.build();
    }

    /** The revision serves everything at once; what served is remembered as the previous one. */
    public static Deploy replaced(Deploy now, DeployedRevision next, String reason) {
        return of(now.getModelName(), next).toBuilder().setPrevious(stable(now)).setReason(reason).build();
    }

    /** The candidate is tried beside what serves, in place of any former candidate. */
    public static Deploy tried(Deploy now, Candidate candidate, String reason) {
        return now.toBuilder().setCandidate(candidate).setReason(reason).build();
    }

    /** The candidate serves everything. @throws IllegalArgumentException if there is none */
    public static Deploy promoted(Deploy now, String reason) {
        require(now.hasCandidate(), "Expected a candidate of " + now.getModelName() + " to promote, found none on trial.");
        return replaced(now, now.getCandidate().getRevision(), reason);
    }

    /** What serves goes on alone. */
    public static Deploy withoutCandidate(Deploy now, String reason) {
        return now.toBuilder().clearCandidate().setReason(reason).build();
    }

    /** What served before serves again, without a candidate. @throws IllegalArgumentException if nothing is known of it */
    public static Deploy rolledBack(Deploy now, String reason) {
        require(now.hasPrevious(), "Expected a previous revision of " + now.getModelName() + " to go back to, found none in its record. Deploy one by name instead.");
        return replaced(now, now.getPrevious(), reason);
    }

    /**
     * A record with what it replaced as its previous revision, where it does not say that itself, as a gate's plain record
     * does not. Compaction forgets what was replaced after a while, so it is a help and no promise.
     *
     * @param before the record that it replaced
     */
    public static Deploy after(Deploy before, Deploy now) {
        boolean known = now.hasPrevious() || before.getRevision().equals(now.getRevision());
        if (!known) {
            return now.toBuilder().setPrevious(stable(before)).build();
        }
        return now.hasPrevious() || !before.hasPrevious() ? now : now.toBuilder().setPrevious(before.getPrevious()).build();
    }

    private static void require(boolean holds, String sentence) {
        if (!holds) {
            throw new IllegalArgumentException(sentence);
        }
    }

    /** Holds a record against what goes beyond rules for single fields. */
    public static void check(Deploy deploy) throws InvalidEvent {
        check(deploy.getModelName(), stable(deploy));
        if (deploy.hasPrevious()) {
            check(deploy.getModelName() + "'s previous revision", deploy.getPrevious());
        }
        if (deploy.hasCandidate()) {
            DeployedRevision candidate = deploy.getCandidate().getRevision();
            check(deploy.getModelName() + "'s candidate", candidate);
            if (candidate.getRevision().equals(deploy.getRevision())) {
                throw invalid("Expected a candidate of " + deploy.getModelName() + " with a name of its own, found " + candidate.getRevision() + ", which is the one that serves.");
            }
        }
    }

    private static void check(String whose, DeployedRevision revision) throws InvalidEvent {
        if (revision.getRevision().isEmpty()) {
            throw invalid("Expected a revision for " + whose + ", found none.");
        }
        if (isNamed(revision.getModel()) == isNamed(revision.getAdapter())) {
            throw invalid("Expected either a model or an adapter for " + whose + ", found " + (revision.hasModel() ? "both." : "neither."));
        }
        if (revision.hasAdapter() && !isNamed(revision.getBase()) && revision.getBaseModel().isEmpty()) {
            throw invalid("Expected a base or a base_model beside the adapter of " + whose + ", found neither.");
        }
        if (revision.hasModel() && revision.getWeights().equals("unmerged")) {
            throw invalid("Expected an adapter for " + whose + " to be served unmerged, found a model.");
        }
    }

    private static boolean isNamed(ArtifactRef ref) {
        return !ref.getManifest().isEmpty();
    }

    private static InvalidEvent invalid(String sentence) {
        return new InvalidEvent("invalid_deploy", sentence);
    }
}
