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

    private static final ModelFacts NANO = new ModelFacts(ModelConfig.llama(4096, 256, 640, 6, 4, 2, 64, 1e-5, 10_000, 512, true, 0.02));
    /** Llama 3 8B. */
    private static final ModelFacts LARGE = new ModelFacts(ModelConfig.llama(128_256, 4096, 14_336, 32, 32, 8, 128, 1e-5, 500_000, 8_192, false, 0.02));
    private static final DatasetFacts SUPPORT = new DatasetFacts(600, 75, "chat");

    @Test
    void givenEmptyRecipe_whenCompleted_thenNoFieldIsLeftOpen() {
        Recipe recipe = RecipeDefaults.complete(Recipe.getDefaultInstance(), NANO, SUPPORT);

        // Each of these two stands for another field: steps instead of a ratio, steps instead of epochs.
        // The others are empty or left to the memory there is.
        assertComplete(recipe.getTraining(), Set.of("warmup_steps", "max_steps", "gradient_checkpointing", "lora_modules_to_save", "lora_rank_pattern", "lora_alpha_pattern"));
        assertComplete(recipe.getQuantization(), Set.of("deploy_scheme", "max_perplexity_increase", "max_kl_divergence", "max_size", "exports", "qat"));
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
        TrainingRecipe r = RecipeDefaults.complete(Recipe.getDefaultInstance(), LARGE, new DatasetFacts(200_000, 9_000, "chat")).getTraining();

        assertEquals(2, r.getMicroBatchSize());
        assertEquals(8, r.getGradientAccumulationSteps());
        assertEquals(2_048, r.getSequenceLen());
        assertEquals(1, r.getNumEpochs());
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

        assertEquals(once, RecipeDefaults.complete(once, LARGE, new DatasetFacts(5, 5, "text")));
        assertTrue(RecipeDefaults.isComplete(once));
        assertFalse(RecipeDefaults.isComplete(once.toBuilder().setTraining(once.getTraining().toBuilder().clearSeed()).build()));
    }

    @Test
    void givenTooFewRowsForABatch_whenCompleted_thenTheBatchIsSmaller() {
        TrainingRecipe r = RecipeDefaults.complete(Recipe.getDefaultInstance(), NANO, new DatasetFacts(3, 5, "")).getTraining();

        assertEquals(3, r.getMicroBatchSize());
        assertEquals(30, r.getNumEpochs());
        assertEquals(32, r.getSequenceLen());
    }

    @Test
    void givenNanosConfiguration_whenCounted_thenItHasItsParameters() {
        // By hand: 4096*256 embeddings + 6 * (2*256*256 q,o + 2*256*128 k,v + 3*256*640 mlp + 2*256 norms) + 256 norm.
        assertEquals(5_180_672, NANO.parameters());
    }

    @Test
    void givenWhatDoesNotFit_whenChecked_thenTheSentenceNamesTheField() {
        assertTrue(refused(Recipe.newBuilder().setTraining(TrainingRecipe.newBuilder().setSequenceLen(1024)).build()).contains("sequence_len"));
        assertTrue(refused(Recipe.newBuilder().setTraining(TrainingRecipe.newBuilder().addLoraTargetModules("qkv_proj")).build()).contains("qkv_proj"));
        assertTrue(refused(Recipe.newBuilder().setTraining(TrainingRecipe.newBuilder().addLoraTargetModules("q_proj").addLoraTargetModules("(")).build()).contains("\"(\""));
        assertTrue(refused(Recipe.newBuilder().setTraining(TrainingRecipe.newBuilder().setLoadIn8Bit(true)).build()).contains("load_in_8bit"));
        assertTrue(refused(Recipe.newBuilder().setQuantization(QuantizationRecipe.newBuilder().addSchemes("int8").setDeployScheme("int4")).build())
                .contains("deploy_scheme"));
    }

    @Test
    void givenWaysToNameModules_whenChecked_thenEachThatChoosesOneIsTaken() throws JobFailure {
        for (String target : new String[] {"q_proj", "self_attn.o_proj", "all-linear", ".*\\.layers\\.[0-2]\\..*_proj"}) {
            Recipe asked = Recipe.newBuilder().setTraining(TrainingRecipe.newBuilder().addLoraTargetModules(target)).build();
            RecipeRules.check(RecipeDefaults.complete(asked, NANO, SUPPORT), NANO);
        }
    }

    @Test
    void givenRowsOfAKind_whenCompleted_thenTheObjectiveIsTheirs() {
        assertEquals("preference", objective("preference"));
        assertEquals("next_token", objective("text"));
        assertEquals("chat", objective(""));
    }

    private static String objective(String rowKind) {
        return RecipeDefaults.complete(Recipe.getDefaultInstance(), NANO, new DatasetFacts(600, 75, rowKind)).getTraining().getObjective();
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
