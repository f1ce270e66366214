package dev.hone.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.hone.jobs.JobFailure;
import dev.hone.llm.format.ModelConfig;
import dev.hone.v1.QuantizationRecipe;
import dev.hone.v1.Recipe;
import dev.hone.v1.TrainingRecipe;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RecipeDefaultsTest {

    private static final ModelFacts NANO = new ModelFacts(5_200_000, 512);
    private static final ModelFacts LARGE = new ModelFacts(8_000_000_000L, 8_192);
    private static final DatasetFacts SUPPORT = new DatasetFacts(600, 75);

    @Test
    void givenEmptyRecipe_whenCompleted_thenNoFieldIsLeftOpen() {
        Recipe recipe = RecipeDefaults.complete(Recipe.getDefaultInstance(), NANO, SUPPORT);

        // Each of these two stands for another field: steps instead of a ratio, steps instead of epochs.
        assertComplete(recipe.getTraining(), Set.of("warmup_steps", "max_steps"));
        assertComplete(recipe.getQuantization(), Set.of());
        assertComplete(recipe.getGate(), Set.of());
    }

    @Test
    void givenSmallModelAndDataset_whenCompleted_thenItTrainsLongAndFast() {
        TrainingRecipe r = RecipeDefaults.complete(Recipe.getDefaultInstance(), NANO, SUPPORT).getTraining();

        assertEquals("qlora", r.getMethod());
        assertEquals(16, r.getLoraR());
        assertEquals(32, r.getLoraAlpha());
        assertEquals(16, r.getMicroBatchSize());
        assertEquals(1, r.getGradientAccumulationSteps());
        assertEquals(80, r.getSequenceLen(), "75 rounded up to a multiple of 16");
        assertEquals(16, r.getNumEpochs(), "600 wanted steps over 38 steps an epoch");
        assertEquals(19, r.getEvalSteps(), "half an epoch");
    }

    @Test
    void givenLargeModel_whenCompleted_thenTheBatchIsMadeOfPieces() {
        TrainingRecipe r = RecipeDefaults.complete(Recipe.getDefaultInstance(), LARGE, new DatasetFacts(200_000, 9_000)).getTraining();

        assertEquals(2, r.getMicroBatchSize());
        assertEquals(8, r.getGradientAccumulationSteps());
        assertEquals(2_048, r.getSequenceLen());
        assertEquals(1, r.getNumEpochs());
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

    @Test
    void givenWhatTheSenderAskedFor_whenCompleted_thenItStays() {
        Recipe asked = Recipe.newBuilder().setTraining(TrainingRecipe.newBuilder()
                .setMethod("full").setLearningRate(0.01).setMaxSteps(7).setLoraDropout(0).addLoraTargetModules("q_proj")).build();

        TrainingRecipe r = RecipeDefaults.complete(asked, NANO, SUPPORT).getTraining();

        assertEquals("full", r.getMethod());
        assertEquals(0.01, r.getLearningRate());
        assertEquals(7, r.getMaxSteps());
        assertEquals(0, r.getLoraDropout());
        assertEquals(java.util.List.of("q_proj"), r.getLoraTargetModulesList());
    }

    @Test
    void givenCompleteRecipe_whenCompletedAgain_thenNothingChanges() {
        Recipe once = RecipeDefaults.complete(Recipe.getDefaultInstance(), NANO, SUPPORT);

        assertEquals(once, RecipeDefaults.complete(once, LARGE, new DatasetFacts(5, 5)));
        assertTrue(RecipeDefaults.isComplete(once));
        assertFalse(RecipeDefaults.isComplete(once.toBuilder().setTraining(once.getTraining().toBuilder().clearSeed()).build()));
    }

    @Test
    void givenTooFewRowsForABatch_whenCompleted_thenTheBatchIsSmaller() {
        TrainingRecipe r = RecipeDefaults.complete(Recipe.getDefaultInstance(), NANO, new DatasetFacts(3, 5)).getTraining();

        assertEquals(3, r.getMicroBatchSize());
        assertEquals(30, r.getNumEpochs());
        assertEquals(32, r.getSequenceLen());
    }

    @Test
    void givenNanosConfiguration_whenCounted_thenItHasItsParameters() {
        ModelConfig nano = new ModelConfig(4096, 256, 640, 6, 4, 2, 64, 1e-5, 10_000, 512, true, 0.02);

        // By hand: 4096*256 embeddings + 6 * (2*256*256 q,o + 2*256*128 k,v + 3*256*640 mlp + 2*256 norms) + 256 norm.
        assertEquals(5_180_672, ModelFacts.of(nano).parameters());
    }

    @Test
    void givenWhatDoesNotFit_whenChecked_thenTheSentenceNamesTheField() {
        assertTrue(refused(Recipe.newBuilder().setTraining(TrainingRecipe.newBuilder().setSequenceLen(1024)).build()).contains("sequence_len"));
        assertTrue(refused(Recipe.newBuilder().setTraining(TrainingRecipe.newBuilder().addLoraTargetModules("lm_head")).build()).contains("lm_head"));
        assertTrue(refused(Recipe.newBuilder().setQuantization(QuantizationRecipe.newBuilder().addSchemes("int8").setDeployScheme("int4")).build())
                .contains("deploy_scheme"));
    }

    private static String refused(Recipe asked) {
        JobFailure failure = assertThrows(JobFailure.class, () -> RecipeRules.check(RecipeDefaults.complete(asked, NANO, SUPPORT), NANO));
        assertTrue(failure.userError());
        return failure.getMessage();
    }

    private static void assertComplete(Message message, Set<String> except) {
        for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
            if (!except.contains(field.getName())) {
                boolean there = field.isRepeated() ? message.getRepeatedFieldCount(field) > 0 : message.hasField(field);
                assertTrue(there, field.getFullName() + " is left open");
            }
        }
    }
}
