package dev.hone.llm.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.llm.format.Json;
import java.nio.file.Path;

/**
 * Where a run stands, beside its tensors. The data position, the learning rate and the random state are functions of the
 * step and the recipe.
 *
 * @param step optimizer steps taken
 * @param trainedTokens tokens read, padding left out
 * @param validatedAt step of the last validation; -1 before the first
 * @param validationLoss of the last validation; NaN before the first
 * @param bestStep step of the best validation; -1 before the first
 * @param bestLoss NaN before the first validation
 * @param worse validations since the best one
 */
record Progress(long step, long trainedTokens, long validatedAt, double validationLoss, long bestStep, double bestLoss, int worse) {
    static final Progress START = new Progress(0, 0, -1, Double.NaN, -1, Double.NaN, 0);

    Progress stepped(long tokens) {
        return new Progress(step + 1, trainedTokens + tokens, validatedAt, validationLoss, bestStep, bestLoss, worse);
    }

    Progress validated(double loss) {
        return improvedBy(loss) ? new Progress(step, trainedTokens, step, loss, step, loss, 0) : new Progress(step, trainedTokens, step, loss, bestStep, bestLoss, worse + 1);
    }

    boolean improvedBy(double loss) {
        return bestStep < 0 || loss < bestLoss;
    }

    void write(Path file, String fingerprint) {
        ObjectNode json = Json.object();
        json.put("fingerprint", fingerprint).put("step", step).put("trained_tokens", trainedTokens).put("validated_at", validatedAt);
        json.put("best_step", bestStep).put("worse", worse);
        // as text, because a rounded double would make a resumed run differ, and JSON has no NaN
        json.put("validation_loss", Double.toString(validationLoss)).put("best_loss", Double.toString(bestLoss));
        Json.write(file, json);
    }

    /** @throws TrainingFailed if the checkpoint was written by a run with another recipe or other data */
    static Progress read(Path file, String fingerprint) {
        JsonNode json = Json.read(file);
        if (!json.path("fingerprint").asText().equals(fingerprint)) {
            throw new TrainingFailed("checkpoint_mismatch", "The checkpoint in " + file.getParent() + " belongs to a run with another recipe, base model or dataset."
                    + " Give this run another id, or delete the checkpoint to start anew.", true);
        }
        return new Progress(json.path("step").asLong(), json.path("trained_tokens").asLong(), json.path("validated_at").asLong(),
                Double.parseDouble(json.path("validation_loss").asText()), json.path("best_step").asLong(), Double.parseDouble(json.path("best_loss").asText()), json.path("worse").asInt());
    }
}
