package dev.hone.llm.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.llm.format.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

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
 * @param losses of the last steps, the latest last: what is told of a run must not depend on where it was resumed
 */
record Progress(long step, long trainedTokens, long validatedAt, double validationLoss, long bestStep, double bestLoss, int worse, List<Double> losses) {
    static final Progress START = new Progress(0, 0, -1, Double.NaN, -1, Double.NaN, 0, List.of());
    /** What the training loss told in the end is the mean of. */
    private static final int SHARE_OF_STEPS = 10;

    Progress {
        losses = List.copyOf(losses);
    }

    /** @param totalSteps of the whole run */
    Progress stepped(long tokens, double loss, long totalSteps) {
        List<Double> next = new ArrayList<>(losses);
        next.add(loss);
        long most = Math.ceilDiv(totalSteps, SHARE_OF_STEPS);
        return new Progress(step + 1, trainedTokens + tokens, validatedAt, validationLoss, bestStep, bestLoss, worse, next.size() > most ? next.subList(1, next.size()) : next);
    }

    Progress validated(double loss) {
        return improvedBy(loss) ? new Progress(step, trainedTokens, step, loss, step, loss, 0, losses)
                : new Progress(step, trainedTokens, step, loss, bestStep, bestLoss, worse + 1, losses);
    }

    /** Mean of the losses of the last tenth of the steps taken; NaN before the first. */
    double trainLoss() {
        long tenth = Math.ceilDiv(step, SHARE_OF_STEPS);
        return losses.stream().skip(Math.max(0, losses.size() - tenth)).mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
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
        ArrayNode last = json.putArray("losses");
        losses.forEach(loss -> last.add(Double.toString(loss)));
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
                Double.parseDouble(json.path("validation_loss").asText()), json.path("best_step").asLong(), Double.parseDouble(json.path("best_loss").asText()), json.path("worse").asInt(),
                StreamSupport.stream(json.path("losses").spliterator(), false).map(loss -> Double.valueOf(loss.asText())).toList());
    }
}
