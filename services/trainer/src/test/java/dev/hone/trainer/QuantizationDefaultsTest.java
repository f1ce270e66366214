package dev.hone.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.jobs.JobFailure;
import dev.hone.llm.format.ModelConfig;
import dev.hone.v1.QatRecipe;
import dev.hone.v1.QuantizationRecipe;
import dev.hone.v1.Recipe;
import dev.hone.v1.TrainingRecipe;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantizationDefaultsTest {

    private static final ModelFacts NANO = new ModelFacts(ModelConfig.llama(4096, 256, 640, 6, 4, 2, 64, 1e-5, 10_000, 512, true, 0.02));
    /** Llama 3 8B. */
    private static final ModelFacts LARGE = new ModelFacts(ModelConfig.llama(128_256, 4096, 14_336, 32, 32, 8, 128, 1e-5, 500_000, 8_192, false, 0.02));
    private static final DatasetFacts SUPPORT = new DatasetFacts(600, 75, "chat");
    private static final QuantizationRecipe OPEN = QuantizationRecipe.getDefaultInstance();

    @Test
    void givenNothing_whenCompleted_thenThreeSchemesAreMadeAndTheQuantizerChooses() {
        QuantizationRecipe r = completed(OPEN, NANO);
        assertEquals(List.of("int8", "int8_asymmetric", "int4"), r.getSchemesList());
        assertFalse(r.hasDeployScheme());
        assertFalse(r.hasQat());
    }

    @Test
    void givenABudgetAlone_whenCompleted_thenTheLadderIsClimbedFromSmallToLarge() {
        QuantizationRecipe r = completed(OPEN.toBuilder().setMaxKlDivergence(0.05).build(), NANO);
        assertEquals(List.of("int4-g128-gptq", "int4-g32-gptq", "int8"), r.getSchemesList());
    }

    @ParameterizedTest
    @CsvSource({"int4,'',int4-g64-qat", "int4,int8,w4a8-g64-qat", "int8,'',int8-qat", "int8,int8,w8a8-qat"})
    void givenQatWithoutABudget_whenCompleted_thenItsSchemeIsMade(String weights, String activations, String scheme) {
        QatRecipe.Builder qat = QatRecipe.newBuilder().setWeightDtype(weights).setGroupSize(64);
        if (!activations.isEmpty()) {
            qat.setActivationDtype(activations);
        }
        assertEquals(List.of(scheme), completed(OPEN.toBuilder().setQat(qat).build(), NANO).getSchemesList());
        assertEquals(List.of("int8", scheme), completed(OPEN.toBuilder().addSchemes("int8").setQat(qat).build(), NANO).getSchemesList());
    }

    @Test
    void givenQatBesideABudget_whenCompleted_thenItIsNoneOfTheSchemesButTheLastResort() {
        QuantizationRecipe r = completed(OPEN.toBuilder().setMaxSize(1_000_000).setQat(QatRecipe.getDefaultInstance()).build(), NANO);
        assertEquals(List.of("int4-g128-gptq", "int4-g32-gptq", "int8"), r.getSchemesList());
        assertEquals("int4", r.getQat().getWeightDtype());
        assertEquals(32, r.getQat().getGroupSize());
    }

    @Test
    void givenASchemeThatIsLearned_whenCompleted_thenItsTrainingIsPlannedWithoutABlock() {
        QatRecipe qat = completed(OPEN.toBuilder().addSchemes("w4a8-g128-qat").build(), NANO).getQat();
        assertEquals("int4", qat.getWeightDtype());
        assertEquals("int8", qat.getActivationDtype());
        assertEquals(128, qat.getGroupSize());
        assertEquals("int8", completed(OPEN.toBuilder().addSchemes("w8a8-qat").build(), NANO).getQat().getWeightDtype());
    }

    @Test
    void givenASmallModel_whenQatIsPlanned_thenEveryWeightTrainsGently() {
        TrainingRecipe r = qat(NANO);
        assertEquals("full", r.getMethod());
        assertEquals(9.7e-5, r.getLearningRate(), "a third of what a full training of five million parameters would get");
        assertEquals(1, r.getNumEpochs());
        assertEquals("chat", r.getObjective());
        assertEquals(96, r.getSequenceLen());
        assertEquals(7, r.getSeed());
        assertTrue(r.hasEarlyStoppingPatience() && r.getEarlyStoppingPatience() == 0);
    }

    @Test
    void givenALargeModel_whenQatIsPlanned_thenAnAdapterTrains() {
        TrainingRecipe r = qat(LARGE);
        assertEquals("lora", r.getMethod());
        assertEquals(6.7e-5, r.getLearningRate());
    }

    @Test
    void givenACompleteBlock_whenCompletedAgain_thenNothingChanges() {
        Recipe once = recipe(OPEN.toBuilder().setMaxKlDivergence(0.1).setQat(QatRecipe.newBuilder().setQuantizeEmbedding(true)).build(), NANO);
        assertTrue(once.getQuantization().getQuantizeEmbeddings());
        assertEquals(once, RecipeDefaults.complete(once, LARGE, new DatasetFacts(5, 5, "text")));
        assertTrue(RecipeDefaults.isComplete(once));
    }

    @ParameterizedTest
    @ValueSource(strings = {"int8", "int8_asymmetric", "int4", "nf4", "bf16", "int4-g128-gptq", "int4_asymmetric-awq", "int8-tensor-entropy", "w8a8-smoothquant", "w4a8-g32-qat"})
    void givenSchemesOfEveryKind_whenChecked_thenTheyAreTaken(String scheme) throws JobFailure {
        RecipeRules.check(recipe(OPEN.toBuilder().addSchemes(scheme).build(), NANO), NANO);
    }

    @ParameterizedTest
    @CsvSource({"int4-entropy,unknown_scheme,Entropy", "int8-smoothquant,unknown_scheme,SmoothQuant", "int8-g32-qat,unknown_scheme,rounded weights", "int4-g32-g64,unknown_scheme,int4-g32-g64"})
    void givenASchemeWithoutSense_whenChecked_thenTheSentenceIsTheSchemesOwn(String scheme, String code, String word) {
        JobFailure failure = refused(OPEN.toBuilder().addSchemes(scheme).build());
        assertEquals(code, failure.code());
        assertTrue(failure.getMessage().contains(word), failure.getMessage());
    }

    @Test
    void givenWhatDoesNotGoTogether_whenChecked_thenTheSentenceNamesIt() {
        assertTrue(refused(OPEN.toBuilder().addSchemes("int8").setDeployScheme("int8").setMaxSize(9).build()).getMessage().contains("deploy_scheme or a budget"));
        assertTrue(refused(OPEN.toBuilder().addSchemes("w8a8").setLayout("gptq").build()).getMessage().contains("layout gptq"));
        assertTrue(refused(OPEN.toBuilder().addSchemes("int8-tensor").setLayout("gptq").build()).getMessage().contains("layout gptq"));
        assertTrue(refused(OPEN.toBuilder().setQat(QatRecipe.newBuilder().setTraining(TrainingRecipe.newBuilder().setMethod("qlora"))).build()).getMessage()
                .contains("quantization.qat.training"));
        assertTrue(refused(OPEN.toBuilder().setQat(QatRecipe.newBuilder().setTraining(TrainingRecipe.newBuilder().setPeftUseDora(true))).build()).getMessage().contains("peft_use_dora"));
        assertTrue(refused(OPEN.toBuilder().addSchemes("w4a8").setQuantizeHead(true).build()).getMessage().contains("quantize_head"));
        assertTrue(refused(OPEN.toBuilder().setHeldoutTokens(0).setMaxKlDivergence(1).build()).getMessage().contains("heldout_tokens"));
        assertTrue(refused(OPEN.toBuilder().setQat(QatRecipe.newBuilder().setTraining(TrainingRecipe.newBuilder().setSequenceLen(4096))).build()).getMessage()
                .contains("quantization.qat.training"));
    }

    private static TrainingRecipe qat(ModelFacts model) {
        return completed(OPEN.toBuilder().setQat(QatRecipe.getDefaultInstance()).build(), model).getQat().getTraining();
    }

    private static JobFailure refused(QuantizationRecipe asked) {
        JobFailure failure = assertThrows(JobFailure.class, () -> RecipeRules.check(recipe(asked, NANO), NANO));
        assertTrue(failure.userError());
        return failure;
    }

    private static QuantizationRecipe completed(QuantizationRecipe asked, ModelFacts model) {
        return recipe(asked, model).getQuantization();
    }

    private static Recipe recipe(QuantizationRecipe asked, ModelFacts model) {
        TrainingRecipe run = TrainingRecipe.newBuilder().setSequenceLen(96).setSeed(7).setLearningRate(0.006).build();
        return RecipeDefaults.complete(Recipe.newBuilder().setTraining(run).setQuantization(asked).build(), model, SUPPORT);
    }
}
