package dev.hone.llm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.hone.llm.bridge.TensorList;
import dev.hone.llm.bridge.Torch;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.lora.LoraBase;
import dev.hone.llm.model.Batch;
import dev.hone.llm.model.ModelProgram;
import dev.hone.llm.model.TinyLlama;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TraineeTest {
    private static final Batch BATCH = batch();

    @TempDir
    Path dir;

    private static Batch batch() {
        boolean[] answer = new boolean[20];
        Arrays.fill(answer, 8, 20, true);
        return Batch.of(List.of(TinyLlama.ids(20, 1), TinyLlama.ids(20, 2), TinyLlama.ids(20, 3)), List.of(answer, answer, answer));
    }

    /** All gradients after a few steps, so that the B matrices are no longer zero. */
    private static float[][] gradients(Trainee trainee, TrainingRecipe recipe, double[] loss) {
        try (Optimizer optimizer = Optimizer.of(Torch.newManager(), recipe, trainee.parameters())) {
            return gradients(trainee, optimizer, loss);
        }
    }

    private static float[][] gradients(Trainee trainee, Optimizer optimizer, double[] loss) {
        for (int step = 0; step < 3; step++) {
            trainee.accumulate(BATCH, 1.0 / BATCH.labels().length, 5000 * step);
            optimizer.step(0.02);
        }
        loss[0] = trainee.accumulate(BATCH, 1.0 / BATCH.labels().length, 77);
        return trainee.parameters().stream().map(p -> Trainee.floats(p.gradient())).toArray(float[][]::new);
    }

    @ParameterizedTest
    @CsvSource({"qlora,f32", "qlora,bf16", "lora,f32", "lora,bf16"})
    void givenARoundedBase_whenUnpackedLayerByLayerAndRecomputedOrNot_thenGradientsEqualThoseOfTheBaseUnpackedOnceToTheLastBit(String method, String precision) {
        // equal gradients under dropout also say that a recomputed layer draws the mask of its first pass
        TrainingRecipe recipe = TrainingFixture.recipe(method, precision, 3, 1, 1, 0.2).with("load_in_8bit", method.equals("lora"));
        TinyLlama.write(dir, TinyLlama.CONFIG, 7);
        double[] once = new double[1];
        double[] byLayer = new double[1];
        LoraBase.Rounding rounding = recipe.loadIn8bit() ? LoraBase.Rounding.INT8 : LoraBase.Rounding.NF4;
        for (boolean recompute : new boolean[] {false, true}) {
            for (LoraBase.Unpacking unpacking : List.of(LoraBase.Unpacking.BY_LAYER, LoraBase.Unpacking.IN_PROGRAM)) {
                try (Trainee a = LoraMethod.load(dir, recipe, new LoraBase(rounding, LoraBase.Unpacking.ONCE));
                        Trainee b = LoraMethod.load(dir, recipe.with("gradient_checkpointing", recompute), new LoraBase(rounding, unpacking))) {
                    float[][] expected = gradients(a, recipe, once);
                    float[][] found = gradients(b, recipe, byLayer);
                    assertEquals(once[0], byLayer[0]);
                    assertEquals(2 * 7 * 2, found.length);
                    for (int i = 0; i < expected.length; i++) {
                        assertArrayEquals(expected[i], found[i], unpacking + " " + a.parameters().get(i).name());
                    }
                }
            }
        }
    }

    @Test
    void givenDropout_whenTheSeedChanges_thenTheLossDoesAndWithTheSameSeedItDoesNot() {
        TrainingRecipe recipe = TrainingFixture.recipe("lora", "f32", 3, 1, 1, 0.5);
        TinyLlama.write(dir, TinyLlama.CONFIG, 7);
        try (Trainee trainee = LoraMethod.load(dir, recipe, LoraBase.PLAIN)) {
            gradients(trainee, recipe, new double[1]);
            double first = trainee.accumulate(BATCH, 1, 1);
            assertEquals(first, trainee.accumulate(BATCH, 1, 1));
            assertNotEquals(first, trainee.accumulate(BATCH, 1, 2000));
            assertEquals(trainee.score(BATCH).loss(), trainee.score(BATCH).loss());
        }
    }

    @Test
    void givenADiscardedGradient_whenAccumulatedAgain_thenNothingOfItIsLeft() {
        TrainingRecipe recipe = TrainingFixture.recipe("full", "f32", 3, 1, 1, 0);
        TinyLlama.write(dir, TinyLlama.CONFIG, 7);
        try (Trainee trainee = FullWeights.load(dir, recipe); Optimizer optimizer = Optimizer.of(Torch.newManager(), recipe, trainee.parameters())) {
            trainee.accumulate(BATCH, 1.0 / 36, 1);
            double norm = optimizer.clip(0);
            optimizer.discard();
            assertEquals(0, optimizer.clip(0));
            trainee.accumulate(BATCH, 1.0 / 36, 1);
            assertEquals(norm, optimizer.clip(0));
            // clipped to half: the next norm is the limit
            optimizer.clip(norm / 2);
            assertEquals(norm / 2, optimizer.clip(0), 1e-5 * norm);
        }
    }

    @Test
    void givenManySteps_whenTaken_thenNoTensorIsLeftBehind() {
        TrainingRecipe recipe = TrainingFixture.recipe("qlora", "bf16", 3, 1, 1, 0.1);
        TinyLlama.write(dir, TinyLlama.CONFIG, 7);
        LoraBase base = new LoraBase(LoraBase.Rounding.NF4, LoraBase.Unpacking.BY_LAYER);
        try (Trainee trainee = LoraMethod.load(dir, recipe, base); Optimizer optimizer = Optimizer.of(trainee.manager().newSubManager(), recipe, trainee.parameters())) {
            gradients(trainee, optimizer, new double[1]);
            int held = trainee.manager().getManagedArrays().size();
            for (int i = 0; i < 10; i++) {
                gradients(trainee, optimizer, new double[1]);
                optimizer.clip(1);
                trainee.score(BATCH);
                optimizer.discard();
            }
            assertEquals(held, trainee.manager().getManagedArrays().size());
        }
    }

    @Test
    void givenDropoutOfAFifth_whenAMaskIsHashed_thenAFifthIsDroppedAndTheRestScaledAndSeedsDiffer() {
        try (NDManager manager = Torch.newManager()) {
            TorchProgram program = ModelProgram.load(manager, TinyLlama.CONFIG, new ModelProgram.Variant(1, 0.2));
            NDArray ones = manager.ones(new Shape(400, 500));
            TensorList adapter = TensorList.of(List.of(ones));
            float[] first = program.train(manager, "dropped", ones, adapter, 7).get(0).toFloatArray();
            float[] second = program.train(manager, "dropped", ones, adapter, 8).get(0).toFloatArray();
            int dropped = 0;
            int both = 0;
            int inARow = 0;
            for (int i = 0; i < first.length; i++) {
                assertTrue(first[i] == 0 || Math.abs(first[i] - 1.25f) < 1e-6);
                dropped += first[i] == 0 ? 1 : 0;
                both += first[i] == 0 && second[i] == 0 ? 1 : 0;
                inARow += i > 0 && first[i] == 0 && first[i - 1] == 0 ? 1 : 0;
            }
            // 200,000 draws: four standard deviations are 0.0036 of a fifth, and 0.0018 of a fifth of a fifth
            assertEquals(0.2, dropped / 200000.0, 0.0036);
            assertEquals(0.04, both / 200000.0, 0.0018);
            assertEquals(0.04, inARow / 200000.0, 0.0018);
        }
    }
}
