package dev.hone.llm.estimate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.train.TrainingRecipe;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EstimatorTest {
    /** Llama 2 7B: 32 layers of 4096, 32 heads, feed-forward 11008, vocabulary 32000, untied. */
    private static final ModelConfig LLAMA_2_7B = ModelConfig.llama(32000, 4096, 11008, 32, 32, 32, 128, 1e-5, 10000, 4096, false, 0.02);
    /** Llama 3.1 8B: 8 key-value heads, feed-forward 14336, vocabulary 128256. */
    private static final ModelConfig LLAMA_3_8B = ModelConfig.llama(128256, 4096, 14336, 32, 32, 8, 128, 1e-5, 500000, 8192, false, 0.02);

    private static TrainingRecipe recipe(String json) {
        return TrainingRecipe.parse(json);
    }

    private static Estimate estimate(ModelConfig config, String json) {
        return new Estimator(config, Workload.UNKNOWN, Double.NaN).estimate(recipe(json));
    }

    @Test
    void givenLlama2Of7B_whenCounted_thenTheSumIsThePublishedOne() {
        // 6,738,415,616 parameters, as Hugging Face states for meta-llama/Llama-2-7b-hf.
        assertEquals(6_738_415_616L, estimate(LLAMA_2_7B, "{}").parameters());
    }

    @Test
    void givenRank16OnAllLinearLayers_whenCounted_thenTheSumIsPefts() {
        // PEFT's print_trainable_parameters for r=16 on all linear layers: 39,976,960 for Llama 2 7B, 41,943,040 for Llama 3 8B.
        assertEquals(39_976_960L, estimate(LLAMA_2_7B, "{\"lora_r\": 16}").trainableParameters());
        assertEquals(41_943_040L, estimate(LLAMA_3_8B, "{\"lora_r\": 16, \"lora_target_modules\": [\"all-linear\"]}").trainableParameters());
    }

    @Test
    void givenTargets_whenCounted_thenOnlyTheyTrain() {
        // Rank 8 on q_proj and v_proj of Llama 2 7B: 4,194,304, the figure of PEFT's first examples.
        assertEquals(4_194_304L, estimate(LLAMA_2_7B, "{\"lora_r\": 8, \"lora_target_modules\": [\"q_proj\", \"v_proj\"]}").trainableParameters());
        assertEquals(4_194_304L, estimate(LLAMA_2_7B, "{\"lora_r\": 8, \"lora_target_modules\": [\".*\\\\.(q|v)_proj\"]}").trainableParameters());
    }

    @Test
    void givenARankPattern_whenCounted_thenItsModulesHaveTheirOwnRank() {
        // one more rank on each of 32 k_proj of 4096 x 4096
        long before = estimate(LLAMA_2_7B, "{\"lora_r\": 8}").trainableParameters();
        assertEquals(before + 32 * (4096 + 4096), estimate(LLAMA_2_7B, "{\"lora_r\": 8, \"lora_rank_pattern\": {\"k_proj\": 9}}").trainableParameters());
        assertEquals(before + 2 * (4096 + 4096), estimate(LLAMA_2_7B, "{\"lora_r\": 8, \"lora_rank_pattern\": {\"layers\\\\.[01]\\\\..*k_proj\": 9}}").trainableParameters());
    }

    @Test
    void givenDora_whenCounted_thenEveryOutputHasAMagnitude() {
        long magnitudes = 32L * (4 * 4096 + 2 * 11008 + 4096);
        assertEquals(39_976_960L + magnitudes, estimate(LLAMA_2_7B, "{\"lora_r\": 16, \"peft_use_dora\": true}").trainableParameters());
    }

    @Test
    void givenAModuleToSave_whenCounted_thenItTrainsWhole() {
        assertEquals(39_976_960L + 32000L * 4096, estimate(LLAMA_2_7B, "{\"lora_r\": 16, \"lora_modules_to_save\": [\"lm_head\"]}").trainableParameters());
    }

    @Test
    void givenMethodFull_whenCounted_thenEveryWeightTrainsAndNothingIsFrozen() {
        Estimate full = estimate(LLAMA_2_7B, "{\"method\": \"full\"}");
        assertEquals(full.parameters(), full.trainableParameters());
        assertEquals(0, full.memory().base());
        assertEquals(4.0 * full.parameters(), full.memory().trained());
        assertEquals(8.0 * full.parameters(), full.memory().optimizer());
    }

    @Test
    void givenTheNf4Base_whenWeighed_thenALinearWeightTakes4Point127Bits() {
        // QLoRA, section 3: double quantization brings a weight from 4.5 to 4.127 bits. 6,476,005,376 weights are linear.
        double others = (6_738_415_616L - 6_476_005_376L) * 2.0;
        assertEquals(4.127, (estimate(LLAMA_2_7B, "{}").memory().base() - others) * 8 / 6_476_005_376L, 5e-4);
    }

    @Test
    void givenKindsOfFrozenBase_whenWeighed_thenEachHasItsBytesAWeight() {
        double bf16 = estimate(LLAMA_2_7B, "{\"method\": \"lora\"}").memory().base();
        assertEquals(2.0 * 6_738_415_616L, bf16);
        assertEquals(4.0 * 6_738_415_616L, estimate(LLAMA_2_7B, "{\"method\": \"lora\", \"compute_dtype\": \"f32\"}").memory().base());
        // an f32 scale for each of the 32 x (4 x 4096 + 2 x 11008 + 4096) rows
        double int8 = estimate(LLAMA_2_7B, "{\"method\": \"lora\", \"load_in_8bit\": true}").memory().base();
        assertEquals(6_476_005_376.0 + 4 * 1_359_872 + 2.0 * (6_738_415_616L - 6_476_005_376L), int8);
    }

    @Test
    void givenOptimizers_whenWeighed_thenTheirStateHasItsBytesAParameter() {
        long p = 39_976_960;
        Map<String, Double> bytes = Map.of("{}", 8.0, "{\"optimizer\": \"paged_adamw\"}", 8.0, "{\"optimizer\": \"adamw_8bit\"}", 2.03125, "{\"optimizer\": \"sgd\"}", 0.0,
                "{\"optimizer\": \"sgd\", \"sgd_momentum\": 0.9}", 4.0);
        bytes.forEach((json, each) -> assertEquals(each * p, estimate(LLAMA_2_7B, json).memory().optimizer(), 1, json));
    }

    @Test
    void givenLongerSequences_whenEstimated_thenActivationsGrowWithThemAndRecomputationKeepsOneLayer() {
        double once = estimate(LLAMA_2_7B, "{\"sequence_len\": 2048}").memory().activations();
        assertEquals(2, estimate(LLAMA_2_7B, "{\"sequence_len\": 4096}").memory().activations() / once, 1e-9);
        Estimate kept = estimate(LLAMA_2_7B, "{\"sequence_len\": 2048, \"gradient_checkpointing\": false}");
        assertFalse(kept.recomputes());
        assertTrue(kept.memory().activations() > 10 * once);
        // one layer's unpacked weights in bf16: 2 x 202,375,168, and its adapter's gradients
        assertEquals(1.05 * (2 * 202_375_168 + 4 * 39_976_960.0 / 32), kept.memory().working(), 1);
        assertEquals(kept.memory().working(), estimate(LLAMA_2_7B, "{\"sequence_len\": 2048}").memory().working());
    }

    @Test
    void givenSmallAndLargeMicroBatches_whenTheRecipeLeavesItOpen_thenOnlyTheLargeRecompute() {
        assertFalse(estimate(LLAMA_2_7B, "{\"method\": \"lora\", \"micro_batch_size\": 1, \"sequence_len\": 32}").recomputes());
        assertTrue(estimate(LLAMA_2_7B, "{\"method\": \"lora\", \"micro_batch_size\": 8, \"sequence_len\": 2048}").recomputes());
    }

    @Test
    void givenShortRows_whenEstimated_thenTheLongestSetsTheMemory() {
        TrainingRecipe recipe = recipe("{\"sequence_len\": 2048}");
        Estimate shortRows = new Estimator(LLAMA_2_7B, new Workload(100, 60, 128, 0.5), Double.NaN).estimate(recipe);
        assertEquals(estimate(LLAMA_2_7B, "{\"sequence_len\": 128}").memory(), shortRows.memory());
        Estimate packed = new Estimator(LLAMA_2_7B, new Workload(100, 60, 128, 0.5), Double.NaN).estimate(recipe.with("sample_packing", true));
        assertEquals(16 * shortRows.memory().activations(), packed.memory().activations(), 1, "16 rows of 128 tokens fill one of 2048");
    }

    @Test
    void givenQloraOfLlama2Of7B_whenOneStepIsCounted_thenOperationsAreThoseOfTheFormula() {
        String json = "{\"lora_r\": 16, \"micro_batch_size\": 1, \"sequence_len\": 512}";
        double n = 6_476_005_376.0;
        double p = 39_976_960.0;
        double attention = 4.0 * 512 * 4096 * 32;
        double perToken = 2 * (2 * n + 2 * p + attention) + 2 * n + 2 * p + 2 * attention + 2 * p + 2 * 2.0 * 32000 * 4096;
        assertEquals(512 * perToken, estimate(LLAMA_2_7B, json).operationsPerStep(), 1e3);
        assertEquals(512 * (perToken - 2 * n - 2 * p - attention), estimate(LLAMA_2_7B, json.replace("}", ", \"gradient_checkpointing\": false}")).operationsPerStep(), 1e3);
    }

    @Test
    void givenRowsAndASpeed_whenEstimated_thenTimeIsStepsTimesTheirWork() {
        TrainingRecipe recipe = recipe("{\"method\": \"lora\", \"micro_batch_size\": 4, \"gradient_accumulation_steps\": 2, \"num_epochs\": 3}");
        Estimate estimate = new Estimator(LLAMA_2_7B, Workload.ofRows(100), 1e12).estimate(recipe);
        assertEquals(3 * 13, estimate.steps());
        assertEquals(39 * estimate.operationsPerStep() / (1e12 * Costs.STEP_EFFICIENCY), estimate.seconds(), 1e-6);
        assertEquals(7, new Estimator(LLAMA_2_7B, Workload.ofRows(100), 1e12).estimate(recipe.with("max_steps", 7)).steps());
    }

    @Test
    void givenPackedRows_whenStepsAreCounted_thenSequencesAreFilled() {
        // 1,000 rows of 64 tokens fill 125 sequences of 512, and 16 of these are a step
        TrainingRecipe recipe = recipe("{\"micro_batch_size\": 16, \"num_epochs\": 1, \"sample_packing\": true}");
        assertEquals(8, new Estimator(LLAMA_2_7B, new Workload(1000, 64, 100, 1), Double.NaN).estimate(recipe).steps());
        assertEquals(63, new Estimator(LLAMA_2_7B, new Workload(1000, 64, 100, 1), Double.NaN).estimate(recipe.with("sample_packing", false)).steps());
    }

    @Test
    void givenAModel_whenItsModulesAreGrouped_thenEachNameStandsOnceWithItsCount() {
        List<AdaptedModules.Group> groups = new AdaptedModules(LLAMA_3_8B, recipe("{\"lora_r\": 8, \"lora_target_modules\": [\"q_proj\"]}")).groups();
        assertEquals(7, groups.size());
        assertTrue(groups.contains(new AdaptedModules.Group("q_proj", 4096, 4096, 8, 32, 65_536)));
        assertTrue(groups.contains(new AdaptedModules.Group("k_proj", 4096, 1024, 0, 32, 0)));
    }
}
