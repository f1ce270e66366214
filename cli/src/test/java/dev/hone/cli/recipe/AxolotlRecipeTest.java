package dev.hone.cli.recipe;

import static dev.hone.cli.recipe.Foreign.noted;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.v1.QatRecipe;
import dev.hone.v1.TrainingRecipe;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AxolotlRecipeTest {
    private static final String LORA = "base_model: m\nadapter: lora\nlora_target_linear: true\n";

    @TempDir Path folder;

    private ForeignRecipe lora(String more) {
        return Foreign.text(folder, LORA + more);
    }

    @Test
    void givenTheExample_whenRead_thenItsSettingsAreOurs() {
        ForeignRecipe read = ForeignRecipe.read(Foreign.example("axolotl.yaml")).orElseThrow();
        TrainingRecipe r = read.recipe().getTraining();

        assertEquals("Axolotl", read.format());
        assertEquals(Optional.of("hone-nano"), read.baseModel());
        assertEquals(List.of(new DatasetRef("../../support.jsonl", false, Map.of())), read.datasets());
        assertEquals(Optional.of("./outputs/support"), read.outputDir());
        assertEquals("qlora", r.getMethod());
        assertEquals("chat", r.getObjective());
        assertEquals(32, r.getLoraR());
        assertEquals(64, r.getLoraAlpha());
        assertEquals(0.05, r.getLoraDropout());
        assertEquals(List.of("all-linear"), r.getLoraTargetModulesList());
        assertEquals(4, r.getMicroBatchSize());
        assertEquals(4, r.getGradientAccumulationSteps());
        assertEquals(8, r.getNumEpochs());
        assertEquals(6e-3, r.getLearningRate(), "6e-3 is text to YAML");
        assertEquals("paged_adamw", r.getOptimizer());
        assertEquals("cosine", r.getLrScheduler());
        assertEquals(0.1, r.getWarmupRatio());
        assertEquals("bf16", r.getComputeDtype());
        assertTrue(r.getSamplePacking());
        assertTrue(r.getGradientCheckpointing());
        assertEquals(20, r.getLossWatchdogThreshold());
        assertEquals(3, r.getLossWatchdogPatience());
    }

    @Test
    void givenTheExample_whenRead_thenEveryOtherKeyIsNotedAsNotNeededOrNotSupported() {
        ForeignRecipe read = ForeignRecipe.read(Foreign.example("axolotl.yaml")).orElseThrow();

        assertEquals(List.of("wandb_project"), noted(read, Note.Kind.NOT_SUPPORTED));
        assertEquals(List.of(), noted(read, Note.Kind.UNKNOWN));
        assertEquals(List.of("model_type", "tokenizer_type", "datasets[0].field_messages", "datasets[0].message_property_mappings.role",
                "datasets[0].message_property_mappings.content", "datasets[0].roles_to_train", "datasets[0].train_on_eos", "dataset_prepared_path", "val_set_size",
                "eval_sample_packing", "pad_to_sequence_len", "tf32", "logging_steps", "flash_attention", "evals_per_epoch", "saves_per_epoch",
                "special_tokens.pad_token"), noted(read, Note.Kind.NOT_NEEDED));
    }

    @Test
    void givenOnlyWhatMustBeThere_whenRead_thenAxolotlsOwnDefaultsHold() {
        TrainingRecipe r = lora("").recipe().getTraining();

        // Axolotl's schema: micro_batch_size 1, num_epochs 1, 3 % warm-up; PEFT's LoraConfig: r 8, alpha 8, no dropout.
        assertEquals(1, r.getMicroBatchSize());
        assertEquals(1, r.getGradientAccumulationSteps());
        assertEquals(1, r.getNumEpochs());
        assertEquals(0.03, r.getWarmupRatio());
        assertEquals(8, r.getLoraR());
        assertEquals(8, r.getLoraAlpha());
        assertEquals(0, r.getLoraDropout());
        assertTrue(r.hasEarlyStoppingPatience() && r.getEarlyStoppingPatience() == 0);
        assertFalse(r.hasLearningRate(), "the file has to give it, or the planner does");
    }

    @ParameterizedTest
    @CsvSource({"qlora,true,false,qlora,false", "lora,true,false,qlora,false", "lora,false,true,lora,true", "lora,false,false,lora,false", "'',false,false,full,false"})
    void givenAdapterAndBits_whenRead_thenTheMethodIsTheOneMeant(String adapter, boolean four, boolean eight, String method, boolean loads8bit) {
        TrainingRecipe r = Foreign.text(folder, "base_model: m\nadapter: " + adapter + "\nload_in_4bit: " + four + "\nload_in_8bit: " + eight + "\n").recipe().getTraining();
        assertEquals(method, r.getMethod());
        assertEquals(loads8bit, r.getLoadIn8Bit());
    }

    @ParameterizedTest
    @CsvSource({"adamw_torch,adamw", "adamw_torch_fused,adamw", "adamw_bnb_8bit,adamw_8bit", "paged_adamw_32bit,paged_adamw", "paged_adamw_8bit,paged_adamw_8bit", "sgd,sgd"})
    void givenAnOptimizersName_whenRead_thenItIsOurs(String theirs, String ours) {
        assertEquals(ours, lora("optimizer: " + theirs + "\n").recipe().getTraining().getOptimizer());
    }

    @Test
    void givenSchedules_whenRead_thenEachIsOurs() {
        TrainingRecipe plain = lora("lr_scheduler: constant\nwarmup_ratio: 0.1\n").recipe().getTraining();
        assertEquals("constant", plain.getLrScheduler());
        assertTrue(plain.hasWarmupSteps() && plain.getWarmupSteps() == 0, "Transformers' constant has no warm-up");
        assertEquals(5, lora("lr_scheduler: constant_with_warmup\nwarmup_steps: 5\n").recipe().getTraining().getWarmupSteps());
        assertEquals(3, lora("lr_scheduler: cosine_with_restarts\nlr_scheduler_kwargs: {num_cycles: 3}\n").recipe().getTraining().getLrCycles());
        assertEquals(0.1, lora("cosine_min_lr_ratio: 0.1\n").recipe().getTraining().getCosineMinLrRatio());
    }

    @ParameterizedTest
    @CsvSource({"bf16: auto,bf16", "bf16: false,f32", "fp32: true,f32", "'bf16: false\nfp16: true',bf16"})
    void givenPrecisions_whenRead_thenComputeDtypeFollows(String keys, String dtype) {
        assertEquals(dtype, lora(keys.replace("\\n", "\n") + "\n").recipe().getTraining().getComputeDtype());
    }

    @Test
    void givenAFractionOfSteps_whenAllStepsAreKnown_thenItBecomesSteps() {
        assertEquals(5, lora("max_steps: 100\neval_steps: 0.05\n").recipe().getTraining().getEvalSteps());
        assertFalse(lora("eval_steps: 0.05\n").recipe().getTraining().hasEvalSteps());
        assertEquals(List.of("eval_steps"), noted(lora("eval_steps: 0.05\nearly_stopping_patience: 2\n"), Note.Kind.NOT_SUPPORTED));
        assertTrue(lora("early_stopping_patience: 2\n").recipe().getTraining().getLoadBestModelAtEnd());
    }

    @Test
    void givenCompletionRows_whenRead_thenTheObjectiveIsNextTokenAndTheColumnIsMapped() {
        ForeignRecipe read = lora("datasets:\n  - path: texts\n    data_files: [a.jsonl, b.jsonl]\n    type: completion\n    field: body\n");
        assertEquals("next_token", read.recipe().getTraining().getObjective());
        assertEquals(List.of(new DatasetRef("texts/a.jsonl", false, Map.of("text", "body")), new DatasetRef("texts/b.jsonl", false, Map.of("text", "body"))),
                read.datasets());
    }

    @Test
    void givenColumnsOfItsOwn_whenRead_thenTheyAreMappedAndTheFormatIsNoted() {
        ForeignRecipe read = lora("""
                datasets:
                  - path: rows.jsonl
                    type:
                      field_instruction: question
                      field_output: reply
                      format: "Q: {instruction}"
                test_datasets:
                  - path: held.jsonl
                    type: chat_template
                """);
        assertEquals(List.of(new DatasetRef("rows.jsonl", false, Map.of("prompt", "question", "completion", "reply")), new DatasetRef("held.jsonl", true, Map.of())),
                read.datasets());
        assertEquals(List.of("datasets[0].type.format"), noted(read, Note.Kind.NOT_SUPPORTED));
    }

    @Test
    void givenDpo_whenRead_thenTheObjectiveIsPreference() {
        TrainingRecipe r = lora("rl: dpo\nrl_beta: 0.3\ndpo_label_smoothing: 0.1\n").recipe().getTraining();
        assertEquals("preference", r.getObjective());
        assertEquals(0.3, r.getRlBeta());
        assertEquals(0.1, r.getDpoLabelSmoothing());
    }

    @Test
    void givenPatternsAndVariants_whenRead_thenTheyArrive() {
        TrainingRecipe r = lora("lora_rank_pattern: {q_proj: 4}\nlora_alpha_pattern: {'down_proj': 32}\nlora_modules_to_save: [embed_tokens]\n"
                + "peft_use_dora: true\npeft_use_rslora: yes\nloraplus_lr_ratio: 16\nneftune_noise_alpha: 5\n").recipe().getTraining();
        assertEquals(Map.of("q_proj", 4), r.getLoraRankPatternMap());
        assertEquals(Map.of("down_proj", 32.0), r.getLoraAlphaPatternMap());
        assertEquals(List.of("embed_tokens"), r.getLoraModulesToSaveList());
        assertTrue(r.getPeftUseDora() && r.getPeftUseRslora());
        assertEquals(16, r.getLoraplusLrRatio());
        assertEquals(5, r.getNeftuneNoiseAlpha());
    }

    @ParameterizedTest
    @CsvSource({"'weight_dtype: int4, group_size: 64',int4,64", "'weight_dtype: int4, activation_dtype: int8',w4a8,0", "'group_size: 32',int8,32", "activation_dtype: int8,w8a8,0"})
    void givenQuantization_whenRead_thenItsTypesAreTheScheme(String keys, String scheme, int group) {
        ForeignRecipe read = lora("quantization: {" + keys + "}\n");
        assertEquals(List.of(scheme), read.recipe().getQuantization().getSchemesList());
        assertEquals(group, read.recipe().getQuantization().getGroupSize());
        assertFalse(read.recipe().getQuantization().hasDeployScheme());
        assertEquals(List.of(), noted(read, Note.Kind.NOT_SUPPORTED));
    }

    @Test
    void givenQat_whenRead_thenItIsATrainingWithRoundedWeights() {
        ForeignRecipe read = lora("qat:\n  weight_dtype: int4\n  activation_dtype: int8\n  group_size: 32\n  quantize_embedding: true\n  fake_quant_after_n_steps: 100\n");
        QatRecipe qat = read.recipe().getQuantization().getQat();
        assertEquals(QatRecipe.newBuilder().setWeightDtype("int4").setActivationDtype("int8").setGroupSize(32).setQuantizeEmbedding(true).setFakeQuantAfterNSteps(100).build(), qat);
        assertEquals(0, read.recipe().getQuantization().getSchemesCount());
        assertEquals(List.of(), noted(read, Note.Kind.NOT_SUPPORTED));
        assertEquals("int8", lora("qat: {group_size: 32}\n").recipe().getQuantization().getQat().getWeightDtype(), "Axolotl's own default");
    }

    @Test
    void givenAGroupSizeThatThereIsNot_whenRead_thenItIsNoted() {
        assertEquals(List.of("qat.group_size"), noted(lora("qat: {weight_dtype: int4, group_size: 256}\n"), Note.Kind.NOT_SUPPORTED));
    }

    @Test
    void givenLayers_whenRead_thenTheTargetsAreOneExpression() {
        String target = lora("peft_layers_to_transform: [0, 2]\n").recipe().getTraining().getLoraTargetModules(0);
        assertTrue("model.layers.2.self_attn.q_proj".matches(target), target);
        assertFalse("model.layers.1.self_attn.q_proj".matches(target), target);
        assertFalse("model.layers.20.self_attn.q_proj".matches(target), target);
    }

    @Test
    void givenATypingError_whenRead_thenItIsNotedWithTheKeyMeant() {
        Note note = lora("gradient_acumulation_steps: 4\n").notes().stream().filter(n -> n.kind() == Note.Kind.UNKNOWN).findFirst().orElseThrow();
        assertEquals("gradient_acumulation_steps", note.key());
        assertTrue(note.what().contains("Did you mean \"gradient_accumulation_steps\"?"), note.what());
        assertTrue(note.changes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"lora_fan_in_fan_out: true", "relora: true", "relora_steps: 100", "rl: kto", "optimizer: lion_8bit", "lr_scheduler: rex", "tokens: ['<a>']",
            "lora_model_dir: ./adapter", "peft_layer_replication: [[0, 4]]", "peft_init_lora_weights: pissa", "gptq: true", "bnb_config_kwargs: {bnb_4bit_quant_type: fp4}",
            "lr_groups: [{name: a, modules: [b], lr: 1}]", "reward_model: true", "quantization: {weight_dtype: fp8}",
            "quantization: {activation_dtype: int4}", "qat: {weight_dtype: nvfp4}", "qat: {activation_dtype: fp8}"})
    void givenWhatCannotBeFollowed_whenRead_thenTheErrorNamesItAndItsEffect(String keys) {
        String error = Foreign.refused(folder, LORA + keys + "\n");
        assertTrue(error.contains(keys.substring(0, keys.indexOf(':'))) && error.contains("which would have "), error);
    }

    @Test
    void givenAnAlias_whenRead_thenTheErrorNamesItsLine() {
        String error = Foreign.refused(folder, "base_model: &m m\nadapter: lora\noutput_dir: *m\n");
        assertTrue(error.contains("alias *m in line 3"), error);
    }

    @Test
    void givenWordsForTheWayOfCheckpointing_whenRead_thenItIsOnAndNoted() {
        assertTrue(lora("gradient_checkpointing: unsloth\n").recipe().getTraining().getGradientCheckpointing());
        assertFalse(lora("gradient_checkpointing: false\n").recipe().getTraining().getGradientCheckpointing());
        assertEquals(List.of("gradient_checkpointing"), noted(lora("gradient_checkpointing: offload\n"), Note.Kind.NOT_NEEDED));
        assertEquals(List.of("resume_from_checkpoint"), noted(lora("resume_from_checkpoint: false\n"), Note.Kind.NOT_NEEDED));
    }

    @Test
    void givenWhatIsRefusedButOff_whenRead_thenItIsNoted() {
        assertEquals(List.of("lora_fan_in_fan_out", "relora", "reward_model"),
                noted(lora("lora_fan_in_fan_out: false\nrelora: false\ntokens:\nreward_model: false\n"), Note.Kind.NOT_NEEDED));
    }
}
