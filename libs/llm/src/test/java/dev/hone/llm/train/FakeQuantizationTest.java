package dev.hone.llm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.bridge.Torch;
import dev.hone.llm.lora.LoraBase;
import dev.hone.llm.model.Batch;
import dev.hone.llm.model.TinyLlama;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FakeQuantizationTest {
    private static final FakeQuantization W4A8 = new FakeQuantization(4, 16, 8, true, 0);

    @TempDir
    Path dir;

    private FineTuneSpec spec(String name, TrainingRecipe recipe, FakeQuantization fake) throws IOException {
        Path base = dir.resolve("base");
        if (!Files.exists(base)) {
            TrainingFixture.base(base);
            TrainingFixture.rows(dir.resolve("train.jsonl"), 24);
            TrainingFixture.rows(dir.resolve("validation.jsonl"), 6);
        }
        return new FineTuneSpec(base, dir.resolve("train.jsonl"), dir.resolve("validation.jsonl"), dir.resolve(name), dir.resolve(name + "-work"), recipe, fake);
    }

    private static Batch batch() {
        boolean[] answer = new boolean[20];
        Arrays.fill(answer, 8, 20, true);
        return Batch.of(List.of(TinyLlama.ids(20, 1), TinyLlama.ids(20, 2), TinyLlama.ids(20, 3)), List.of(answer, answer, answer));
    }

    private Trainee trainee(TrainingRecipe recipe, FakeQuantization fake) {
        return recipe.isFull() ? FullWeights.load(dir, recipe, fake) : LoraMethod.load(dir, recipe, LoraBase.PLAIN, fake);
    }

    private static float[][] threeSteps(Trainee trainee, TrainingRecipe recipe) {
        try (Optimizer optimizer = Optimizer.of(Torch.newManager(), recipe, trainee.parameters())) {
            for (int step = 0; step < 3; step++) {
                trainee.accumulate(batch(), 1.0 / 36, 0);
                optimizer.step(0.02);
            }
            trainee.accumulate(batch(), 1.0 / 36, 0);
            return trainee.parameters().stream().map(p -> Trainee.floats(p.gradient())).toArray(float[][]::new);
        }
    }

    @ParameterizedTest
    @CsvSource({"full,f32", "full,bf16", "lora,f32", "lora,bf16"})
    void givenRoundedLayers_whenRecomputedInTheBackwardPass_thenGradientsAreTheSameToTheLastBit(String method, String precision) {
        TrainingRecipe recipe = TrainingFixture.recipe(method, precision, 3, 1, 1, 0);
        TinyLlama.write(dir, TinyLlama.TIED, 7);
        try (Trainee kept = trainee(recipe.with("gradient_checkpointing", false), W4A8); Trainee recomputed = trainee(recipe.with("gradient_checkpointing", true), W4A8)) {
            assertArrayEquals(threeSteps(kept, recipe), threeSteps(recomputed, recipe));
        }
    }

    @Test
    void givenRounding_whenManyStepsAreTaken_thenNoTensorIsLeftBehind() {
        TrainingRecipe recipe = TrainingFixture.recipe("lora", "bf16", 3, 1, 1, 0);
        TinyLlama.write(dir, TinyLlama.TIED, 7);
        try (Trainee trainee = trainee(recipe, W4A8)) {
            threeSteps(trainee, recipe);
            int held = trainee.manager().getManagedArrays().size();
            threeSteps(trainee, recipe);
            trainee.score(batch());
            assertEquals(held, trainee.manager().getManagedArrays().size());
        }
    }

    @Test
    void givenAnAdapterOnPreferencePairs_whenItLearnsRounded_thenTheReferenceIsNotRounded() {
        TinyLlama.write(dir, TinyLlama.CONFIG, 7);
        Batch pair = Batch.ofPairs(List.of(TinyLlama.ids(12, 1), TinyLlama.ids(12, 2)), List.of(answer(), answer()));
        TrainingRecipe recipe = TrainingFixture.recipe("lora", "f32", 1, 1, 1, 0).with("objective", "preference");
        try (Trainee rounded = trainee(recipe, W4A8); Trainee plain = trainee(recipe, FakeQuantization.NONE)) {
            // a fresh adapter changes nothing: ln 2, unless model and reference differ by the rounding
            assertEquals(Math.log(2), plain.score(pair).loss(), 1e-6);
            assertTrue(Math.abs(Math.log(2) - rounded.score(pair).loss()) > 1e-4);
        }
    }

    private static boolean[] answer() {
        boolean[] answer = new boolean[12];
        Arrays.fill(answer, 6, 12, true);
        return answer;
    }

    @ParameterizedTest
    @CsvSource({"full,model.safetensors", "lora,adapter_model.safetensors"})
    void givenARunThatIsKilledAroundTheStepWhereRoundingBegins_whenResumed_thenTheResultIsTheSameToTheLastBit(String method, String file) throws IOException {
        TrainingRecipe recipe = TrainingFixture.recipe(method, "bf16", 2, 2, 10, 0);
        FakeQuantization later = new FakeQuantization(4, 16, 8, true, 6);
        TrainingFixture.Losses seen = new TrainingFixture.Losses();
        FineTuneResult whole = FineTune.run(spec("whole", recipe, later), seen, CheckpointStore.none(), () -> false);
        CheckpointStore store = CheckpointStore.local(dir.resolve("checkpoints"));
        for (int stop : new int[] {5, 7}) {
            TrainingFixture.Losses part = new TrainingFixture.Losses();
            assertThrows(TrainingInterrupted.class, () -> FineTune.run(spec("killed", recipe, later), part, store, () -> part.current.get() >= stop));
        }
        FineTuneResult resumed = FineTune.run(spec("killed", recipe, later), new TrainingFixture.Losses(), store, () -> false);

        assertEquals(whole.validationLoss(), resumed.validationLoss());
        assertArrayEquals(Files.readAllBytes(dir.resolve("whole").resolve(file)), Files.readAllBytes(dir.resolve("killed").resolve(file)));
        assertTrue(seen.validations.size() >= 3);
    }

    @Test
    void givenRoundingThatBeginsLater_whenTrained_thenStepsBeforeAreThoseWithoutAndValidationIsAlwaysRounded() throws IOException {
        TrainingRecipe recipe = TrainingFixture.recipe("full", "f32", 4, 1, 6, 0);
        TrainingFixture.Losses plain = new TrainingFixture.Losses();
        TrainingFixture.Losses later = new TrainingFixture.Losses();
        TrainingFixture.Losses never = new TrainingFixture.Losses();
        FineTune.run(spec("plain", recipe, FakeQuantization.NONE), plain, CheckpointStore.none(), () -> false);
        FineTune.run(spec("later", recipe, new FakeQuantization(4, -1, 0, false, 4)), later, CheckpointStore.none(), () -> false);
        FineTune.run(spec("never", recipe, new FakeQuantization(4, -1, 0, false, 6)), never, CheckpointStore.none(), () -> false);
        for (int step = 0; step < 4; step++) {
            assertEquals(plain.steps.get(step).loss(), later.steps.get(step).loss());
        }
        assertNotEquals(plain.steps.get(4).loss(), later.steps.get(4).loss());
        assertEquals(plain.steps.getLast().loss(), never.steps.getLast().loss());
        assertEquals(later.validations.getFirst().loss(), never.validations.getFirst().loss());
        assertNotEquals(plain.validations.getFirst().loss(), never.validations.getFirst().loss());
    }

    @Test
    void givenACheckpointOfAnotherRounding_whenResumed_thenItIsRefused() throws IOException {
        TrainingRecipe recipe = TrainingFixture.recipe("full", "f32", 4, 1, 6, 0);
        CheckpointStore store = CheckpointStore.local(dir.resolve("checkpoints"));
        TrainingFixture.Losses seen = new TrainingFixture.Losses();
        assertThrows(TrainingInterrupted.class, () -> FineTune.run(spec("a", recipe, W4A8), seen, store, () -> seen.current.get() >= 2));
        FakeQuantization other = new FakeQuantization(4, 32, 8, true, 0);
        assertEquals("checkpoint_mismatch", assertThrows(TrainingFailed.class, () -> FineTune.run(spec("a", recipe, other), seen, store, () -> false)).code());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "qlora | {} | qlora: its base is rounded to another grid already",
        "lora | {\"load_in_8bit\": true} | load_in_8bit: its base is rounded to another grid already",
        "lora | {\"peft_use_dora\": true} | Switch peft_use_dora off",
        "lora | {\"lora_dropout\": 0.1} | expected lora_dropout 0, found 0.1",
        "full | {\"group\": 24} | does not divide the 32 inputs of model.layers.0.self_attn.q_proj"})
    void givenARecipeThatCannotLearnRounded_whenStarted_thenTheErrorSaysWhatToDo(String method, String settings, String message) throws IOException {
        TrainingRecipe recipe = TrainingFixture.recipe(method, "f32", 2, 1, 2, 0);
        int group = 16;
        for (var setting : new com.fasterxml.jackson.databind.ObjectMapper().readTree(settings).properties()) {
            if (setting.getKey().equals("group")) {
                group = setting.getValue().asInt();
            } else {
                recipe = recipe.with(setting.getKey(), setting.getValue());
            }
        }
        FineTuneSpec spec = spec("out", recipe, new FakeQuantization(4, group, 0, false, 0));
        TrainingFailed e = assertThrows(TrainingFailed.class, () -> FineTune.run(spec, new TrainingFixture.Losses(), CheckpointStore.none(), () -> false));
        assertEquals("invalid_recipe", e.code());
        assertTrue(e.userError() && e.getMessage().contains(message), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"3,-1,0,false,0", "4,1,0,false,0", "8,32,0,false,0", "4,32,4,false,0", "0,-1,8,false,0", "0,-1,0,true,0", "4,32,0,false,-1"})
    void givenWhatCannotBeRounded_whenDescribed_thenItIsRefused(int weightBits, int group, int activationBits, boolean embedding, int afterSteps) {
        TrainingFailed e = assertThrows(TrainingFailed.class, () -> new FakeQuantization(weightBits, group, activationBits, embedding, afterSteps));
        assertEquals("invalid_recipe", e.code());
    }
}
