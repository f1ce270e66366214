package dev.hone.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.events.EventIds;
import dev.hone.llm.format.ModelConfig;
import dev.hone.v1.Recipe;
import dev.hone.v1.Resources;
import dev.hone.v1.TrainingRecipe;
import org.junit.jupiter.api.Test;

class CheckpointSizeTest {
    private static final ModelFacts NANO = new ModelFacts(ModelConfig.llama(4096, 256, 640, 6, 4, 2, 64, 1e-5, 10_000, 512, true, 0.02));
    private static final DatasetFacts SUPPORT = new DatasetFacts(600, 75, "chat");

    /** Rank 16 on seven modules of six layers: 6 × 16 × Σ(in + out) = 6 × 16 × 4480 values of 4 bytes, twice with the best, and AdamW's two moments. */
    @Test
    void givenAnAdapter_whenItsCheckpointIsSized_thenItIsValuesBestValuesAndMoments() throws Exception {
        long values = 6 * 16 * 4_480;
        TrainingRecipe recipe = RecipeDefaults.complete(Recipe.getDefaultInstance(), NANO, SUPPORT).getTraining();
        assertTrue(recipe.getLoadBestModelAtEnd());
        assertEquals(values * (4 + 4 + 8), CheckpointSize.bytes(recipe, NANO));
        assertEquals(values * 4, CheckpointSize.bytes(recipe.toBuilder().setLoadBestModelAtEnd(false).setOptimizer("sgd").build(), NANO));
    }

    @Test
    void givenResources_whenARunIsPlanned_thenTheyStayAndItIsTheSameRun() {
        Recipe asked = Recipe.newBuilder().setResources(Resources.newBuilder().setGpus(1)).putStageResources("evaluate", Resources.newBuilder().setGpus(0).build()).build();
        Recipe planned = RecipeDefaults.complete(asked, NANO, SUPPORT);
        assertEquals(asked.getResources(), planned.getResources());
        assertEquals(asked.getStageResourcesMap(), planned.getStageResourcesMap());
        assertTrue(RecipeDefaults.isComplete(planned));
        assertEquals(EventIds.runId("d", "nano", RecipeDefaults.complete(Recipe.getDefaultInstance(), NANO, SUPPORT)), EventIds.runId("d", "nano", planned));
    }
}
