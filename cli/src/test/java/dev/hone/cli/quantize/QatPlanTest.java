package dev.hone.cli.quantize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.cli.TinyModel;
import dev.hone.cli.console.Failure;
import dev.hone.llm.train.RecipeDefaults;
import dev.hone.llm.train.TrainingRecipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QatPlanTest {
    private static final RecipeDefaults.Sizes SIZES = new RecipeDefaults.Sizes(5_000_000, 512, 9_000, 60, "chat");

    @TempDir Path folder;

    private QatPlan plan(String yaml) throws IOException {
        return QatPlan.of(Files.writeString(folder.resolve("qat.yaml"), yaml), 32);
    }

    @Test
    void givenARecipe_whenRead_thenItsSchemeAndTrainingAreTaken() throws IOException {
        QatPlan plan = plan("""
                training: {sequence_len: 96}
                quantization:
                  qat:
                    weight_dtype: int4
                    activation_dtype: int8
                    group_size: 64
                    quantize_embedding: true
                    fake_quant_after_n_steps: 7
                    training: {num_epochs: 2, learning_rate: 1e-4}
                """);
        assertEquals("w4a8-g64-qat", plan.scheme());
        assertEquals(7, plan.afterSteps());
        assertTrue(plan.embedding());
        TrainingRecipe training = plan.training(SIZES);
        assertEquals("full", training.method());
        assertEquals(2, training.numEpochs());
        assertEquals(1e-4, training.learningRate());
        assertEquals(96, training.sequenceLen());
    }

    @Test
    void givenTheExample_whenRead_thenItIsWhatItSays() {
        QatPlan plan = QatPlan.of(TinyModel.ROOT.resolve("examples/recipes/support-budget.yaml"), 128);
        assertEquals("int4-g32-qat", plan.scheme());
        assertEquals(2, plan.training(SIZES).numEpochs());
        assertEquals(96, plan.training(SIZES).sequenceLen());
    }

    @Test
    void givenNoSchemeThatLearns_whenAdded_thenTheRecipesStandsLast() throws IOException {
        QatPlan plan = plan("quantization:\n  qat: {}\n");
        assertEquals(List.of("int4", "int4-g32-qat"), plan.added(List.of("int4"), 32));
        assertEquals(List.of("w8a8-qat"), plan.added(List.of("w8a8-qat"), 32));
    }

    @Test
    void givenARecipeWithoutTheBlock_whenRead_thenTheSentenceShowsOne() {
        Failure none = assertThrows(Failure.class, () -> plan("training: {lora_r: 8}\n"));
        assertEquals(Failure.USAGE, none.exitCode());
        assertTrue(none.getMessage().contains("weight_dtype: int4"), none.getMessage());
        Failure qlora = assertThrows(Failure.class, () -> plan("quantization: {qat: {training: {method: qlora}}}\n").training(SIZES));
        assertTrue(qlora.getMessage().contains("full or lora"), qlora.getMessage());
    }
}
