package dev.hone.llm.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.llm.train.RecipeDefaults.Sizes;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class RecipeDefaultsTest {
    private static final Sizes NANO = new Sizes(5_200_000, 512, 600, 75);

    private static ObjectNode complete(String given, Sizes sizes) {
        try {
            return RecipeDefaults.complete(new ObjectMapper().readTree(given), sizes);
        } catch (IOException e) {
            throw new IllegalArgumentException(e);
        }
    }

    @Test
    void givenNothing_whenCompleted_thenEverySettingIsThereAndCanBeUsed() {
        TrainingRecipe recipe = TrainingRecipe.parse(complete("{}", NANO));
        assertEquals("qlora", recipe.method());
        assertEquals(0.05, recipe.loraDropout());
        assertEquals(16, recipe.microBatchSize());
        assertEquals(80, recipe.sequenceLen(), "75 rounded up to a multiple of 16");
        assertEquals(16, recipe.numEpochs(), "600 wanted steps over 38 steps an epoch");
        assertEquals(19, recipe.evalSteps(), "half an epoch");
    }

    @Test
    void givenSettings_whenCompleted_thenTheyStayAndOthersFollowThem() {
        ObjectNode recipe = complete("{\"method\": \"full\", \"lora_r\": 64, \"max_steps\": 7, \"lora_target_modules\": [\"q_proj\"]}", NANO);
        assertEquals("[\"q_proj\"]", recipe.get("lora_target_modules").toString());
        assertEquals(128, recipe.get("lora_alpha").asDouble());
        assertEquals(2.9e-4, recipe.get("learning_rate").asDouble(), 1e-12, "a tenth of LoRA's rate");
        assertEquals(7, recipe.get("max_steps").asInt());
    }

    @Test
    void givenNothing_whenCompleted_thenWhatOtherSettingsDecideStaysOpen() {
        ObjectNode recipe = complete("{}", NANO);
        for (String key : new String[] {"warmup_steps", "max_steps", "gradient_checkpointing", "lora_modules_to_save", "lora_rank_pattern"}) {
            assertFalse(recipe.has(key), key);
        }
    }

    @Test
    void givenPairs_whenCompleted_thenTheObjectiveIsPreference() {
        assertEquals("preference", complete("{}", new Sizes(5_200_000, 512, 600, 75, "preference")).get("objective").asText());
        assertEquals("chat", complete("{\"objective\": \"chat\"}", new Sizes(5_200_000, 512, 600, 75, "preference")).get("objective").asText());
        assertEquals("next_token", complete("{}", new Sizes(5_200_000, 512, 600, 75, "text")).get("objective").asText());
    }

    @Test
    void givenPairs_whenCompleted_thenTheRateIsATwentieth() {
        assertEquals(1e-5, complete("{}", new Sizes(8_000_000_000L, 8192, 600, 75, "preference")).get("learning_rate").asDouble(), "2e-4 / 20");
    }

    @Test
    void givenPatience_whenCompleted_thenTheBestWeightsAreKept() {
        assertTrue(complete("{}", NANO).get("load_best_model_at_end").asBoolean());
        assertFalse(complete("{\"early_stopping_patience\": 0}", NANO).get("load_best_model_at_end").asBoolean());
    }

    @Test
    void givenModelSizes_whenRateIsChosen_thenItFallsFromTheSmallOnesToQlorasOwn() {
        // 2e-4: QLoRA's rate for 7B and 13B (arXiv:2305.14314, table 9). 3e-3 and the line between are this project's choice;
        // at 70.7 million, the geometric mean of 5 million and a billion, the line gives sqrt(3e-3 * 2e-4) = 7.746e-4.
        assertEquals(3e-3, RecipeDefaults.learningRate(1_000_000), 1e-12);
        assertEquals(3e-3, RecipeDefaults.learningRate(5_000_000), 1e-12);
        assertEquals(7.7e-4, RecipeDefaults.learningRate(70_710_678), 1e-12);
        assertEquals(2e-4, RecipeDefaults.learningRate(1_000_000_000), 1e-12);
        assertEquals(2e-4, RecipeDefaults.learningRate(70_000_000_000L), 1e-12);
    }
}
