package dev.hone.llm.estimate;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.data.Row;
import dev.hone.llm.data.Rows;
import dev.hone.llm.text.ChatTokenizer;
import dev.hone.llm.train.FineTuneSpec;
import dev.hone.llm.train.TrainingFailed;
import dev.hone.llm.train.TrainingRecipe;
import java.nio.file.Path;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ForecastTest {
    private static final Path ROOT = Path.of(System.getProperty("hone.root"));
    private static final Path NANO = ROOT.resolve("models/hone-nano");
    private static final Path SUPPORT = ROOT.resolve("examples/support.jsonl");

    private static FineTuneSpec spec(String recipe) {
        return new FineTuneSpec(NANO, SUPPORT, null, Path.of("out"), Path.of("work"), TrainingRecipe.parse(recipe));
    }

    @Test
    void givenRows_whenSampled_thenTheirTokensAreWhatAllOfThemHave() {
        Workload sampled = DataSample.of(NANO, SUPPORT, TrainingRecipe.parse("{}"));
        try (ChatTokenizer tokenizer = ChatTokenizer.load(NANO)) {
            int[] lengths = Rows.read(SUPPORT).stream().mapToInt((Row row) -> row.tokenize(tokenizer, 512).length()).toArray();
            assertEquals(lengths.length, sampled.rows());
            assertEquals(java.util.Arrays.stream(lengths).max().orElseThrow(), sampled.longestTokens(), 4);
            assertEquals(java.util.Arrays.stream(lengths).average().orElseThrow(), sampled.meanTokens(), 2);
        }
        assertTrue(sampled.learnedShare() > 0.3 && sampled.learnedShare() < 0.9, "answers and their end: " + sampled.learnedShare());
    }

    @Test
    void givenASpec_whenForecast_thenItsModelRecipeAndRowsCount() {
        Estimate estimate = Forecast.of(spec("{\"lora_r\": 8, \"micro_batch_size\": 16, \"num_epochs\": 2}"), 1e11).estimate();
        assertEquals(215_040, estimate.trainableParameters());
        assertEquals(2 * 67, estimate.steps(), "1,067 rows in steps of 16");
        assertTrue(estimate.seconds() > 0);
    }

    @Test
    void givenTooLittleMemory_whenAFitIsRequired_thenItFailsAsTheUsersToMend() {
        Forecast forecast = Forecast.of(spec("{}"), Double.NaN);
        TrainingFailed refused = assertThrows(TrainingFailed.class, () -> forecast.requireFits(OptionalDouble.of(1e8)));
        assertEquals("out_of_memory_predicted", refused.code());
        assertTrue(refused.userError());
        assertDoesNotThrow(() -> forecast.requireFits(OptionalDouble.of(1e12)));
        assertDoesNotThrow(() -> forecast.requireFits(OptionalDouble.empty()));
    }

    @Test
    void givenAModuleThatTheModelLacks_whenForecast_thenTheRecipeIsToBlame() {
        TrainingFailed refused = assertThrows(TrainingFailed.class, () -> Forecast.of(spec("{\"lora_target_modules\": [\"qkv_proj\"]}"), Double.NaN));
        assertEquals("invalid_recipe", refused.code());
        assertTrue(refused.getMessage().contains("qkv_proj"), refused.getMessage());
    }
}
