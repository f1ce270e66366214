package dev.hone.cli.recipe;

import static dev.hone.cli.recipe.Foreign.noted;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.v1.TrainingRecipe;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenAiJobTest {
    @TempDir Path folder;

    private ForeignRecipe job(String more) {
        return Foreign.text(folder, "{\"model\": \"m\", \"training_file\": \"t.jsonl\", " + more + "}");
    }

    @Test
    void givenTheExample_whenRead_thenItIsOurRecipe() {
        ForeignRecipe read = ForeignRecipe.read(Foreign.example("openai-job.json")).orElseThrow();
        TrainingRecipe r = read.recipe().getTraining();

        assertEquals(Optional.of("hone-nano"), read.baseModel());
        assertEquals("chat", r.getObjective());
        assertEquals(8, r.getNumEpochs());
        assertEquals(16, r.getMicroBatchSize() * r.getGradientAccumulationSteps());
        assertEquals(42, r.getSeed());
        assertFalse(r.hasLearningRate(), "auto is the planner's");
        assertEquals(List.of("suffix", "metadata"), noted(read, Note.Kind.NOT_SUPPORTED));
    }

    @Test
    void givenAutoEverywhere_whenRead_thenEverythingIsLeftToThePlanner() {
        for (String place : List.of("\"hyperparameters\": {%s}", "\"method\": {\"type\": \"supervised\", \"supervised\": {\"hyperparameters\": {%s}}}")) {
            TrainingRecipe r = job(place.formatted("\"n_epochs\": \"auto\", \"batch_size\": \"auto\", \"learning_rate_multiplier\": \"auto\"")).recipe().getTraining();
            assertEquals(TrainingRecipe.newBuilder().setObjective("chat").build(), r);
        }
    }

    @Test
    void givenDpo_whenRead_thenTheObjectiveIsPreferenceAndTheFilesAreKept() {
        ForeignRecipe read = job("\"validation_file\": \"v.jsonl\", \"method\": {\"type\": \"dpo\", \"dpo\": {\"hyperparameters\": {\"beta\": 0.2}}}");
        assertEquals("preference", read.recipe().getTraining().getObjective());
        assertEquals(0.2, read.recipe().getTraining().getRlBeta());
        assertEquals(List.of(new DatasetRef("t.jsonl", false, Map.of()), new DatasetRef("v.jsonl", true, Map.of())), read.datasets());
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "7,1,7", "6,3,2", "64,4,16"})
    void givenABatch_whenRead_thenTheStepHasItsRows(int rows, int micro, int pieces) {
        TrainingRecipe r = job("\"hyperparameters\": {\"batch_size\": " + rows + "}").recipe().getTraining();
        assertEquals(micro, r.getMicroBatchSize());
        assertEquals(pieces, r.getGradientAccumulationSteps());
    }

    @Test
    void givenAMultiplier_whenRead_thenItIsNotedWithWhatToDo() {
        ForeignRecipe read = job("\"hyperparameters\": {\"learning_rate_multiplier\": 2}");
        assertEquals(List.of("hyperparameters.learning_rate_multiplier"), noted(read, Note.Kind.NOT_SUPPORTED));
        assertTrue(read.notes().getFirst().sentence().contains("--set learning_rate="), read.notes()::toString);
    }

    @Test
    void givenReinforcement_whenRead_thenItIsRefused() {
        assertTrue(Foreign.refused(folder, "{\"training_file\": \"t\", \"method\": {\"type\": \"reinforcement\"}}").contains("cannot be followed: method.type"));
    }
}
