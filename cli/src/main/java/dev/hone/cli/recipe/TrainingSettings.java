package dev.hone.cli.recipe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.cli.console.Failure;
import dev.hone.events.EventJson;
import dev.hone.llm.train.RecipeDefaults;
import dev.hone.llm.train.TrainingRecipe;
import java.util.OptionalInt;

/**
 * A recipe's training block for a command that has no planner: the same recipe and data are the same run here and on a
 * cluster.
 *
 * @param given what somebody wrote
 */
public record TrainingSettings(ObjectNode given) {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static TrainingSettings of(RecipeBuilder recipe) {
        try {
            return new TrainingSettings((ObjectNode) JSON.readTree(EventJson.print(recipe.build().getTraining())));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a message's JSON form is JSON", e);
        }
    }

    public OptionalInt sequenceLen() {
        return given.has("sequence_len") ? OptionalInt.of(given.get("sequence_len").asInt()) : OptionalInt.empty();
    }

    /** @throws Failure if settings do not go together */
    public TrainingRecipe complete(RecipeDefaults.Sizes sizes) {
        try {
            return TrainingRecipe.parse(RecipeDefaults.complete(given, sizes));
        } catch (IllegalArgumentException e) {
            throw new Failure(Failure.USAGE, e.getMessage());
        }
    }
}
