package dev.hone.cli.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.cli.recipe.KeyTable.Line;
import dev.hone.cli.recipe.KeyTable.Treatment;
import dev.hone.v1.TrainingRecipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ForeignFormatTest {
    /** The keys that a user of the tool is known to have, by the place where they stand. */
    private static final List<String> AXOLOTL = List.of("", """
            base_model model_type tokenizer_type revision_of_model load_in_8bit load_in_4bit adapter lora_model_dir lora_r lora_alpha lora_dropout
            lora_target_modules lora_target_linear lora_modules_to_save lora_rank_pattern lora_alpha_pattern lora_fan_in_fan_out peft_use_dora peft_use_rslora
            peft_init_lora_weights peft_layers_to_transform loraplus_lr_ratio bnb_config_kwargs merge_method test_datasets val_set_size dataset_prepared_path
            dataset_exact_deduplication sequence_len excess_length_strategy sample_packing eval_sample_packing pad_to_sequence_len special_tokens tokens eot_tokens
            chat_template train_on_inputs group_by_length micro_batch_size gradient_accumulation_steps num_epochs max_steps learning_rate optimizer lr_scheduler
            warmup_steps warmup_ratio weight_decay max_grad_norm bf16 fp16 tf32 gradient_checkpointing attn_implementation flash_attention seed logging_steps
            eval_steps evals_per_epoch save_steps saves_per_epoch save_total_limit early_stopping_patience resume_from_checkpoint auto_resume_from_checkpoints
            output_dir rl rl_beta dpo_label_smoothing qat quantization use_wandb wandb_project wandb_entity wandb_watch wandb_name wandb_log_model use_mlflow
            mlflow_tracking_uri mlflow_experiment_name use_tensorboard use_otel_metrics hub_model_id loss_watchdog_threshold loss_watchdog_patience datasets""",
            "datasets[].", """
            path type ds_type data_files split name field field_messages message_property_mappings message_field_training roles roles_to_train train_on_eos
            train_on_eot chat_template chat_template_jinja drop_system_message shards revision""",
            "qat.", "activation_dtype weight_dtype group_size quantize_embedding fake_quant_after_n_steps",
            "quantization.", "activation_dtype weight_dtype group_size quantize_embedding");

    private static final List<String> LLAMA_FACTORY = List.of("", """
            model_name_or_path adapter_name_or_path template stage do_train finetuning_type lora_rank lora_alpha lora_dropout lora_target additional_target
            use_rslora use_dora pissa_init loraplus_lr_ratio quantization_bit quantization_method quantization_type double_quantization dataset dataset_dir
            eval_dataset cutoff_len max_samples val_size packing neat_packing train_on_prompt mask_history default_system enable_thinking streaming mix_strategy
            pref_beta pref_loss pref_ftx kto_chosen_weight kto_rejected_weight per_device_train_batch_size gradient_accumulation_steps learning_rate
            num_train_epochs max_steps lr_scheduler_type warmup_ratio warmup_steps bf16 fp16 flash_attn rope_scaling logging_steps save_steps eval_strategy
            eval_steps plot_loss report_to resume_from_checkpoint output_dir overwrite_output_dir export_dir export_size export_device export_quantization_bit
            export_quantization_dataset""",
            "dataset_info.", "file_name hf_hub_url cloud_file_name formatting ranking columns tags",
            "dataset_info.columns.", "prompt query response history messages system tools chosen rejected kto_tag",
            "dataset_info.tags.", "role_tag content_tag user_tag assistant_tag observation_tag function_tag system_tag");

    private static final List<String> PEFT = List.of("", """
            peft_type task_type base_model_name_or_path revision inference_mode r lora_alpha lora_dropout target_modules exclude_modules bias use_rslora use_dora
            modules_to_save init_lora_weights layers_to_transform layers_pattern rank_pattern alpha_pattern fan_in_fan_out lora_bias trainable_token_indices
            target_parameters ensure_weight_tying layer_replication loftq_config""");

    private static final List<String> OPENAI = List.of("", "model training_file validation_file method suffix seed integrations metadata hyperparameters",
            "method.", "type supervised dpo", "method.supervised.", "hyperparameters", "method.dpo.", "hyperparameters",
            "hyperparameters.", "n_epochs batch_size learning_rate_multiplier beta");

    @TempDir Path folder;

    private static List<String> usual(ForeignFormat format) {
        return switch (format) {
            case AXOLOTL -> AXOLOTL;
            case LLAMA_FACTORY -> LLAMA_FACTORY;
            case PEFT -> PEFT;
            case OPENAI -> OPENAI;
        };
    }

    @ParameterizedTest
    @EnumSource
    void givenTheKeysThatItsUsersHave_whenLookedUp_thenEachIsKnown(ForeignFormat format) {
        List<String> places = usual(format);
        Set<String> unknown = new TreeSet<>();
        for (int i = 0; i < places.size(); i += 2) {
            for (String key : places.get(i + 1).strip().split("\\s+")) {
                format.table().find(places.get(i) + key).ifPresentOrElse(line -> { }, () -> unknown.add(key));
            }
        }
        assertEquals(Set.of(), unknown);
    }

    @ParameterizedTest
    @EnumSource
    void givenTheTable_whenHeldAgainstTheCode_thenWhatIsReadHasCodeAndNothingElseHas(ForeignFormat format) {
        assertEquals(keys(format, Treatment.READ), new TreeSet<>(format.handlers().keySet()));
    }

    @ParameterizedTest
    @EnumSource
    void givenTheTable_whenItNamesASetting_thenTheRecipeHasIt(ForeignFormat format) {
        Set<String> settings = TrainingRecipe.getDescriptor().getFields().stream().map(field -> field.getName()).collect(Collectors.toSet());
        format.table().lines().stream().filter(line -> line.treatment() == Treatment.SETTING)
                .forEach(line -> assertTrue(settings.contains(line.text()), line.key() + " -> " + line.text()));
    }

    @ParameterizedTest
    @EnumSource
    void givenTheTable_whenAKeyIsNotFollowed_thenItSaysWhatItWouldHaveDone(ForeignFormat format) {
        format.table().lines().stream().filter(line -> Set.of(Treatment.UNSUPPORTED, Treatment.REFUSED).contains(line.treatment()))
                .forEach(line -> assertTrue(line.text().startsWith("would have "), line.key()));
    }

    @Test
    void givenARecipeOfOurOwn_whenRead_thenItIsNoForeignOne() throws IOException {
        Path file = Files.writeString(folder.resolve("own.yaml"), "training:\n  lora_r: 8\nquantization:\n  schemes: [int8]\n");
        assertEquals(Optional.empty(), ForeignRecipe.read(file));
    }

    private static Set<String> keys(ForeignFormat format, Treatment treatment) {
        return format.table().lines().stream().filter(line -> line.treatment() == treatment).map(Line::key).collect(Collectors.toCollection(TreeSet::new));
    }
}
