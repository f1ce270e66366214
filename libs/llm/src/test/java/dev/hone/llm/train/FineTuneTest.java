package dev.hone.llm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.HoneJson;
import dev.hone.llm.lora.AdaptedModel;
import dev.hone.llm.model.LanguageModel;
import dev.hone.llm.model.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FineTuneTest {
    @TempDir
    Path dir;

    private Path base;
    private Path train;
    private Path validation;

    @BeforeEach
    void prepare() throws IOException {
        base = TrainingFixture.base(dir.resolve("base"));
        train = TrainingFixture.rows(dir.resolve("train.jsonl"), 30);
        validation = TrainingFixture.rows(dir.resolve("validation.jsonl"), 6);
    }

    private FineTuneSpec spec(String name, TrainingRecipe recipe) {
        return new FineTuneSpec(base, train, validation, dir.resolve(name), dir.resolve(name + "-work"), recipe);
    }

    @ParameterizedTest
    @CsvSource({"qlora,bf16,adamw", "lora,f32,sgd", "full,bf16,adamw", "full,f32,paged_adamw_8bit"})
    void givenARunKilledAndResumed_whenFinished_thenItsOutputEqualsAnUninterruptedRunsToTheLastBit(String method, String precision, String optimizer) throws IOException {
        TrainingRecipe recipe = TrainingFixture.recipe(method, precision, 2, 2, 12, method.equals("full") ? 0 : 0.1).with("optimizer", optimizer).with("sgd_momentum", 0.9);
        String file = method.equals("full") ? "model.safetensors" : "adapter_model.safetensors";
        FineTuneResult whole = FineTune.run(spec("whole", recipe), new TrainingFixture.Losses(), CheckpointStore.none(), () -> false);

        CheckpointStore store = CheckpointStore.local(dir.resolve("checkpoints"));
        // killed without warning in step 6: the last checkpoint is of step 4
        assertThrows(IllegalStateException.class, () -> FineTune.run(spec("killed", recipe), new TrainingObserver() {
            @Override
            public void step(StepReport report) {
                if (report.step() == 6) {
                    throw new IllegalStateException("killed");
                }
            }
        }, store, () -> false));
        // asked to stop in step 10: the checkpoint is of that step
        TrainingFixture.Losses second = new TrainingFixture.Losses();
        TrainingInterrupted stopped = assertThrows(TrainingInterrupted.class, () -> FineTune.run(spec("killed", recipe), second, store, () -> second.current.get() >= 10));
        FineTuneResult resumed = FineTune.run(spec("killed", recipe), new TrainingFixture.Losses(), store, () -> false);

        assertEquals(5, second.steps.getFirst().step());
        assertEquals(10, stopped.step());
        assertEquals(whole.trainLoss(), resumed.trainLoss());
        assertEquals(whole.validationLoss(), resumed.validationLoss());
        assertEquals(whole.trainedTokens(), resumed.trainedTokens());
        assertArrayEquals(Files.readAllBytes(dir.resolve("whole").resolve(file)), Files.readAllBytes(dir.resolve("killed").resolve(file)));
    }

    @ParameterizedTest
    @CsvSource({"full", "lora"})
    void givenTheSameRowsAStep_whenAccumulatedOverMicroBatches_thenLossesEqualOneLargeBatch(String method) {
        TrainingFixture.Losses one = new TrainingFixture.Losses();
        TrainingFixture.Losses four = new TrainingFixture.Losses();
        FineTune.run(spec("one", TrainingFixture.recipe(method, "f32", 8, 1, 6, 0)), one, CheckpointStore.none(), () -> false);
        FineTune.run(spec("four", TrainingFixture.recipe(method, "f32", 2, 4, 6, 0)), four, CheckpointStore.none(), () -> false);
        for (int i = 0; i < 6; i++) {
            assertEquals(one.steps.get(i).loss(), four.steps.get(i).loss(), 2e-4 * one.steps.get(i).loss(), "step " + (i + 1));
            assertEquals(one.steps.get(i).gradNorm(), four.steps.get(i).gradNorm(), 2e-3 * one.steps.get(i).gradNorm(), "step " + (i + 1));
        }
    }

    @Test
    void givenPreferencePairs_whenTrained_thenTheLossIsPerPairAndMicroBatchesDoNotChangeIt() throws IOException {
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            pairs.add("""
                    {"prompt":[{"role":"user","content":"How is phone %d?"}],"chosen":[{"role":"assistant","content":"It works."}],"rejected":[{"role":"assistant","content":"No idea, %s."}]}"""
                    .formatted(i, "sorry ".repeat(i % 3)));
        }
        Files.write(train, pairs);
        Files.write(validation, pairs.subList(0, 4));
        TrainingFixture.Losses one = new TrainingFixture.Losses();
        TrainingFixture.Losses four = new TrainingFixture.Losses();
        FineTune.run(spec("one", TrainingFixture.recipe("lora", "f32", 8, 1, 6, 0).with("objective", "preference")), one, CheckpointStore.none(), () -> false);
        FineTune.run(spec("four", TrainingFixture.recipe("lora", "f32", 2, 4, 6, 0).with("objective", "preference")), four, CheckpointStore.none(), () -> false);

        // an adapter that changes nothing yet prefers neither answer: -ln sigmoid(0) = ln 2 nats a pair
        assertEquals(Math.log(2), one.steps.getFirst().loss(), 1e-6);
        assertTrue(one.steps.getLast().loss() < 0.6, "loss " + one.steps.getLast().loss());
        for (int i = 0; i < 6; i++) {
            assertEquals(one.steps.get(i).loss(), four.steps.get(i).loss(), 1e-3, "step " + (i + 1));
        }
        assertTrue(one.validations.getLast().accuracy() > 0.9, "the share of pairs whose better answer is preferred");
    }

    @Test
    void givenAQloraRun_whenFinished_thenTheAdapterIsPeftsAndTheModelWithItScoresAsTheLastValidation() {
        TrainingRecipe recipe = TrainingFixture.recipe("qlora", "bf16", 4, 1, 20, 0);
        TrainingFixture.Losses seen = new TrainingFixture.Losses();
        FineTuneResult result = FineTune.run(spec("out", recipe), seen, CheckpointStore.none(), () -> false);

        assertTrue(seen.steps.getLast().loss() < 0.8 * seen.steps.getFirst().loss(), "loss " + seen.steps.getFirst().loss() + " to " + seen.steps.getLast().loss());
        AdapterFiles adapter = AdapterFiles.load(result.output());
        assertEquals(2 * 7, adapter.pairs().size());
        assertEquals(2.0, adapter.config().scale("model.layers.0.self_attn.q_proj"));
        assertEquals("nf4", HoneJson.load(result.output()).orElseThrow().basePrecision());
        try (LanguageModel model = AdaptedModel.load(base, result.output(), Precision.BF16); var tokenizer = dev.hone.llm.text.ChatTokenizer.load(base)) {
            var score = dev.hone.llm.model.Score.NONE;
            for (var batch : BatchPlan.inOrder(Examples.load(validation, tokenizer, recipe, 64), recipe)) {
                score = score.plus(model.score(batch));
            }
            assertEquals(result.validationLoss(), score.meanLoss());
        }
    }

    @Test
    void givenARateThatIsFarTooHigh_whenValidationStopsImproving_thenTrainingStopsEarlyAndKeepsTheBest() {
        TrainingRecipe r = TrainingFixture.recipe("full", "f32", 4, 1, 60, 0);
        TrainingRecipe recipe = r.with("lora_dropout", 0).with("learning_rate", 0.3).with("lr_scheduler", "constant").with("warmup_steps", 0).with("max_steps", 60)
                .with("micro_batch_size", 4).with("gradient_accumulation_steps", 1).with("weight_decay", 0).with("eval_steps", 2).with("early_stopping_patience", 2).with("load_best_model_at_end", true).with("save_steps", 0);
        TrainingFixture.Losses seen = new TrainingFixture.Losses();
        FineTuneResult result = FineTune.run(spec("out", recipe), seen, CheckpointStore.none(), () -> false);
        assertTrue(result.stoppedEarly());
        double best = seen.validations.stream().mapToDouble(ValidationReport::loss).min().orElseThrow();
        assertEquals(best, result.validationLoss());
        assertEquals(result.bestStep() + 4, result.steps());
    }

    @Test
    void givenALossThatLeavesTheThreshold_whenPatienceEnds_thenTheRunStopsAndTheCheckpointIsFromBefore() {
        TrainingRecipe recipe = TrainingFixture.recipe("full", "f32", 4, 1, 60, 0).with("learning_rate", 1).with("lr_scheduler", "constant").with("warmup_steps", 8).with("max_grad_norm", 0)
                .with("eval_steps", 0).with("save_steps", 1).with("loss_watchdog_threshold", 9).with("loss_watchdog_patience", 2);
        TrainingFixture.Losses seen = new TrainingFixture.Losses();
        CheckpointStore store = CheckpointStore.local(dir.resolve("checkpoints"));
        TrainingFailed stopped = assertThrows(TrainingFailed.class, () -> FineTune.run(spec("out", recipe), seen, store, () -> false));

        assertEquals("loss_diverged", stopped.code());
        assertTrue(stopped.getMessage().contains("for 2 steps in a row"), stopped.getMessage());
        StepReport firstBad = seen.steps.getLast();
        assertTrue(firstBad.loss() > 9 && firstBad.step() > 2, firstBad.toString());
        // the loss of a step is of the weights that the step before it made
        assertEquals("step-" + (firstBad.step() - 2), store.restore().orElseThrow().getFileName().toString());
    }

    @Test
    void givenALossAboveTheThreshold_whenAskedToStop_thenTheCheckpointFromBeforeHoldsAndTheOutcomeIsTheSame() throws IOException {
        // the first steps' loss lies above the threshold, which patience allows
        TrainingRecipe recipe = TrainingFixture.recipe("full", "f32", 4, 1, 12, 0).with("loss_watchdog_threshold", 7).with("loss_watchdog_patience", 12).with("save_steps", 0);
        FineTuneResult whole = FineTune.run(spec("whole", recipe), new TrainingFixture.Losses(), CheckpointStore.none(), () -> false);
        CheckpointStore store = CheckpointStore.local(dir.resolve("checkpoints"));
        TrainingFixture.Losses seen = new TrainingFixture.Losses();
        assertThrows(TrainingInterrupted.class, () -> FineTune.run(spec("stopped", recipe), seen, store, () -> seen.current.get() >= 2));
        assertTrue(seen.steps.getLast().loss() > 7 && store.restore().isEmpty());
        FineTuneResult again = FineTune.run(spec("stopped", recipe), new TrainingFixture.Losses(), store, () -> false);
        assertEquals(whole.validationLoss(), again.validationLoss());
        assertTrue(again.peakMemoryBytes() == -1 || again.peakMemoryBytes() > 1 << 20);
    }

    @Test
    void givenTextAndNoWeights_whenPretrained_thenAModelComesOutThatLoadsAndHasLearnt() throws IOException {
        Path empty = dir.resolve("empty");
        Files.createDirectories(empty);
        TrainingFixture.tokenizer(empty);
        Files.copy(base.resolve("config.json"), empty.resolve("config.json"));
        Path text = dir.resolve("text.jsonl");
        Files.write(text, java.util.Collections.nCopies(40, "{\"text\":\"The old phone works and the new phone works too. \"}"));
        TrainingRecipe recipe = TrainingFixture.recipe("full", "bf16", 4, 1, 0, 0).with("objective", "next_token").with("lr_scheduler", "linear").with("warmup_steps", -1)
                .with("warmup_ratio", 0.1).with("num_epochs", 8).with("sequence_len", 32).with("eval_steps", 0).with("save_steps", 0).with("adam_beta2", 0.95);
        TrainingFixture.Losses seen = new TrainingFixture.Losses();
        FineTuneResult result = FineTune.run(new FineTuneSpec(empty, text, null, dir.resolve("out"), dir.resolve("work"), recipe), seen, CheckpointStore.none(), () -> false);
        // a uniform guess over 4096 tokens costs ln 4096 = 8.32 nats
        assertEquals(Math.log(4096), seen.steps.getFirst().loss(), 0.1);
        assertTrue(result.trainLoss() < 3, "loss " + result.trainLoss());
        try (LanguageModel model = LanguageModel.load(result.output(), Precision.BF16)) {
            assertEquals(result.trainableParameters(), model.parameters());
        }
    }

    @Test
    void givenACheckpointOfAnotherRecipe_whenResumed_thenItIsRefused() {
        CheckpointStore store = CheckpointStore.local(dir.resolve("checkpoints"));
        assertThrows(TrainingInterrupted.class, () -> FineTune.run(spec("a", TrainingFixture.recipe("lora", "f32", 2, 1, 4, 0)), new TrainingFixture.Losses(), store, () -> true));
        TrainingFailed refused = assertThrows(TrainingFailed.class,
                () -> FineTune.run(spec("a", TrainingFixture.recipe("lora", "f32", 2, 1, 5, 0)), new TrainingFixture.Losses(), store, () -> false));
        assertEquals("checkpoint_mismatch", refused.code());
    }

    @Test
    void givenACheckpointOfOtherRowsOrAnotherBase_whenResumed_thenItIsRefused() throws IOException {
        TrainingRecipe recipe = TrainingFixture.recipe("lora", "f32", 2, 1, 4, 0);
        CheckpointStore store = CheckpointStore.local(dir.resolve("checkpoints"));
        assertThrows(TrainingInterrupted.class, () -> FineTune.run(spec("a", recipe), new TrainingFixture.Losses(), store, () -> true));
        Files.writeString(train, Files.readString(train).replace("phone 7", "phone 8"));
        assertEquals("checkpoint_mismatch", assertThrows(TrainingFailed.class, () -> FineTune.run(spec("a", recipe), new TrainingFixture.Losses(), store, () -> false)).code());

        TrainingFixture.rows(train, 30);
        Files.writeString(base.resolve("config.json"), " ", StandardOpenOption.APPEND);
        assertEquals("checkpoint_mismatch", assertThrows(TrainingFailed.class, () -> FineTune.run(spec("a", recipe), new TrainingFixture.Losses(), store, () -> false)).code());
    }

    @Test
    void givenRowsWhoseAnswersAreCutOff_whenTrained_thenTheReasonIsNamed() {
        TrainingRecipe r = TrainingFixture.recipe("lora", "f32", 2, 1, 4, 0);
        TrainingRecipe tooShort = TrainingFixture.recipe("lora", "f32", 2, 1, 0, 0).with("num_epochs", 1).with("sequence_len", 4);
        TrainingFailed failed = assertThrows(TrainingFailed.class, () -> FineTune.run(spec("a", tooShort), new TrainingFixture.Losses(), CheckpointStore.none(), () -> false));
        assertEquals("all_labels_masked", failed.code());
        assertTrue(failed.userError() && r.sequenceLen() == 64);
    }

    @Test
    void givenAnEmptyValidationFile_whenTrained_thenItIsTrainingWithoutValidation() throws IOException {
        Files.write(validation, new byte[0]);
        FineTuneResult result = FineTune.run(spec("a", TrainingFixture.recipe("lora", "f32", 2, 1, 3, 0)), new TrainingFixture.Losses(), CheckpointStore.none(), () -> false);
        assertEquals(3, result.bestStep());
        assertTrue(Double.isNaN(result.validationLoss()));
    }
}
