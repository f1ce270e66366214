package dev.hone.jobs;

import dev.hone.v1.Recipe;
import dev.hone.v1.Resources;
import java.time.Instant;

/**
 * What a cluster wants to know of a job; on one machine it is not looked at.
 *
 * @param runId for labels; empty: none
 * @param requestedAt when the work was asked for: a Job that ended before is replaced, one that ended later is the answer
 * @param resources what the recipe asks for; what it leaves open is the template's
 * @param checkpointBytes what the job must write when it is told to stop; 0 where it begins again
 */
public record Placement(String runId, Instant requestedAt, Resources resources, long checkpointBytes) {

    static final Placement NONE = new Placement("", Instant.EPOCH, Resources.getDefaultInstance(), 0);

    public Placement {
        if (checkpointBytes < 0) {
            throw new IllegalArgumentException("Expected a checkpoint of at least 0 bytes, found " + checkpointBytes + ".");
        }
    }

    /** @param stage whose own settings come before those of all stages: train, quantize, qat or evaluate */
    public static Placement of(Recipe recipe, String stage, String runId, Instant requestedAt, long checkpointBytes) {
        return new Placement(runId, requestedAt, resources(recipe, stage), checkpointBytes);
    }

    private static Resources resources(Recipe recipe, String stage) {
        Resources own = recipe.getStageResourcesOrDefault(stage, Resources.getDefaultInstance());
        Resources.Builder all = recipe.getResources().toBuilder();
        // a list or a map of the stage stands for the other, it is no addition to it
        if (own.getNodeSelectorCount() > 0) {
            all.clearNodeSelector();
        }
        if (own.getTolerationsCount() > 0) {
            all.clearTolerations();
        }
        return all.mergeFrom(own).build();
    }
}
