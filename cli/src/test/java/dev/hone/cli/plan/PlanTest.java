package dev.hone.cli.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hone.llm.format.ModelConfig;
import dev.hone.v1.TrainingRecipe;
import org.junit.jupiter.api.Test;

class PlanTest {
    /** Llama 2 7B: 32 layers of 4096, 32 heads, feed-forward 11008, vocabulary 32000, untied. */
    private static final ModelConfig LLAMA_2_7B =
            new ModelConfig(32000, 4096, 11008, 32, 32, 32, 128, 1e-5, 10000, 4096, false, 0.02);

    @Test
    void givenA1024SquareLayerAtRank8_whenCounted_thenLoraTrains16384Parameters() {
        // The mission's own example: 8 * (1024 + 1024).
        assertEquals(16_384, new Plan.Linear(1024, 1024).lora(8));
    }

    @Test
    void givenLlama2Of7B_whenCounted_thenTheSumIsThePublishedOne() {
        // 6,738,415,616 parameters, as Hugging Face states for meta-llama/Llama-2-7b-hf.
        assertEquals(6_738_415_616L, new Plan(LLAMA_2_7B, TrainingRecipe.getDefaultInstance()).parameters());
    }

    @Test
    void givenRank16OnAllLinearLayersOfLlama2Of7B_whenCounted_thenTheSumIsPefts() {
        // PEFT's print_trainable_parameters for r=16 on the seven linear layers: 39,976,960.
        Plan plan = new Plan(LLAMA_2_7B, TrainingRecipe.newBuilder().setMethod("qlora").setLoraR(16).build());
        assertEquals(39_976_960L, plan.trainable());
    }

    @Test
    void givenTargets_whenCounted_thenOnlyTheyTrain() {
        // Rank 8 on q_proj and v_proj of Llama 2 7B: 4,194,304, the figure of PEFT's first examples.
        Plan plan = new Plan(LLAMA_2_7B, TrainingRecipe.newBuilder().setMethod("lora").setLoraR(8).addLoraTargetModules("q_proj").addLoraTargetModules("v_proj").build());
        assertEquals(4_194_304L, plan.trainable());
    }

    @Test
    void givenTheNf4Base_whenWeighed_thenALinearWeightTakes4Point127Bits() {
        // QLoRA, section 3: double quantization brings a weight from 4.5 to 4.127 bits.
        ModelConfig linearOnly = new ModelConfig(1, 64, 64, 1, 1, 1, 64, 1e-5, 10000, 16, true, 0.02);
        Plan plan = new Plan(linearOnly, TrainingRecipe.newBuilder().setMethod("qlora").setLoraR(1).build());
        double linearWeights = 7 * 64 * 64;
        double others = (64 + 2 * 64 + 64) * 2;
        assertEquals(4.127, (plan.baseBytes() - others) * 8 / linearWeights, 5e-4);
    }

    @Test
    void givenRowsThatFillNoWholeBatch_whenStepsAreCounted_thenTheLastBatchIsAStep() {
        Plan plan = new Plan(LLAMA_2_7B, TrainingRecipe.newBuilder().setMicroBatchSize(4).setGradientAccumulationSteps(2).setNumEpochs(3).build());
        assertEquals(3 * 13, plan.steps(100));
        assertEquals(7, new Plan(LLAMA_2_7B, plan.recipe().toBuilder().setMaxSteps(7).build()).steps(100));
    }
}
