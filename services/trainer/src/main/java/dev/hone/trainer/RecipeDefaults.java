package dev.hone.trainer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.events.EventJson;
import dev.hone.events.InvalidEvent;
import dev.hone.llm.train.RecipeDefaults.Sizes;
import dev.hone.v1.GateRecipe;
import dev.hone.v1.Recipe;
import dev.hone.v1.TrainingRecipe;

/**
 * Fills in what a recipe leaves open, from the sizes of the model and the dataset. What the sender wrote stays. Pure: the
 * same recipe and sizes always give the same result, because a run's id is its hash.
 */
final class RecipeDefaults {

    private static final Sizes ANY = new Sizes(1, 512, 1, 1);
    private static final ObjectMapper JSON = new ObjectMapper();

    private RecipeDefaults() {}

    static Recipe complete(Recipe asked, ModelFacts model, DatasetFacts dataset) {
        return complete(asked, sizes(model, dataset));
    }

    /** Whether nothing is left open, whatever the model and the dataset. */
    static boolean isComplete(Recipe recipe) {
        return complete(recipe, ANY).equals(recipe);
    }

    private static Recipe complete(Recipe asked, Sizes sizes) {
        TrainingRecipe training = training(asked.getTraining(), sizes);
        // what a run asks of a cluster stays as it is: the Jobs' templates fill it in
        return asked.toBuilder()
                .setTraining(training)
                .setQuantization(QuantizationDefaults.complete(asked.getQuantization(), training, sizes))
                .setGate(gate(asked.getGate()))
                .build();
    }

    private static Sizes sizes(ModelFacts model, DatasetFacts dataset) {
        return new Sizes(model.parameters(), model.contextLength(), dataset.trainRows(), dataset.maxRowTokens(), dataset.rowKind());
    }

    /** The numerical library's own rules, so that training without a planner has the same. */
    private static TrainingRecipe training(TrainingRecipe asked, Sizes sizes) {
        return message(dev.hone.llm.train.RecipeDefaults.complete(json(asked), sizes));
    }

    static JsonNode json(TrainingRecipe recipe) {
        try {
            return JSON.readTree(EventJson.print(recipe));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a message's JSON form is JSON", e);
        }
    }

    static TrainingRecipe message(JsonNode settings) {
        try {
            return EventJson.parse(settings.toString(), TrainingRecipe.getDefaultInstance());
        } catch (InvalidEvent e) {
            throw new IllegalStateException("A recipe that was checked became one that breaks a rule: " + e.getMessage(), e);
        }
    }

    private static GateRecipe gate(GateRecipe asked) {
        GateRecipe.Builder r = asked.toBuilder();
        if (!r.hasMinLossImprovement()) {
            r.setMinLossImprovement(0.05);
        }
        if (!r.hasMaxQuantizationLoss()) {
            r.setMaxQuantizationLoss(0.05);
        }
        if (!r.hasMinExactMatch()) {
            r.setMinExactMatch(0);
        }
        if (!r.hasMaxRows()) {
            r.setMaxRows(200);
        }
        if (!r.hasMaxNewTokens()) {
            r.setMaxNewTokens(64);
        }
        if (!r.hasDeploy()) {
            r.setDeploy(true);
        }
        return r.build();
    }
}
