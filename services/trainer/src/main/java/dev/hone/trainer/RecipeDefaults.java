package dev.hone.trainer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.events.EventJson;
import dev.hone.events.InvalidEvent;
import dev.hone.llm.train.RecipeDefaults.Sizes;
import dev.hone.v1.GateRecipe;
import dev.hone.v1.QuantizationRecipe;
import dev.hone.v1.Recipe;
import dev.hone.v1.TrainingRecipe;
import java.util.List;

/**
 * Fills in what a recipe leaves open, from the sizes of the model and the dataset. What the sender wrote stays. Pure: the
 * same recipe and sizes always give the same result, because a run's id is its hash.
 */
final class RecipeDefaults {

    private static final Sizes ANY = new Sizes(1, 512, 1, 1);
    private static final ObjectMapper JSON = new ObjectMapper();

    private RecipeDefaults() {}

    static Recipe complete(Recipe asked, ModelFacts model, DatasetFacts dataset) {
        return Recipe.newBuilder()
                .setTraining(training(asked.getTraining(), sizes(model, dataset)))
                .setQuantization(quantization(asked.getQuantization()))
                .setGate(gate(asked.getGate()))
                .build();
    }

    /** Whether nothing is left open, whatever the model and the dataset. */
    static boolean isComplete(Recipe recipe) {
        return training(recipe.getTraining(), ANY).equals(recipe.getTraining()) && quantization(recipe.getQuantization()).equals(recipe.getQuantization())
                && gate(recipe.getGate()).equals(recipe.getGate());
    }

    private static Sizes sizes(ModelFacts model, DatasetFacts dataset) {
        return new Sizes(model.parameters(), model.contextLength(), dataset.trainRows(), dataset.maxRowTokens(), dataset.rowKind());
    }

    /** The numerical library's own rules, so that training without a planner has the same. */
    private static TrainingRecipe training(TrainingRecipe asked, Sizes sizes) {
        try {
            JsonNode given = JSON.readTree(EventJson.print(asked));
            return EventJson.parse(dev.hone.llm.train.RecipeDefaults.complete(given, sizes).toString(), TrainingRecipe.getDefaultInstance());
        } catch (JsonProcessingException | InvalidEvent e) {
            throw new IllegalStateException("A recipe that was checked became one that breaks a rule: " + e.getMessage(), e);
        }
    }

    private static QuantizationRecipe quantization(QuantizationRecipe asked) {
        QuantizationRecipe.Builder r = asked.toBuilder();
        if (r.getSchemesCount() == 0) {
            r.addAllSchemes(List.of("int8", "int8_asymmetric", "int4"));
        }
        if (!r.hasGroupSize()) {
            r.setGroupSize(32);
        }
        if (!r.hasCalibrationRows()) {
            r.setCalibrationRows(64);
        }
        if (!r.hasDeployScheme()) {
            r.setDeployScheme(r.getSchemes(0));
        }
        return r.build();
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
