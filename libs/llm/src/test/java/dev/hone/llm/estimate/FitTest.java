package dev.hone.llm.estimate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.train.TrainingRecipe;
import java.util.List;
import org.junit.jupiter.api.Test;

class FitTest {
    private static final ModelConfig LLAMA_2_7B = ModelConfig.llama(32000, 4096, 11008, 32, 32, 32, 128, 1e-5, 10000, 4096, false, 0.02);
    private static final double GB = 1e9;

    private static Fit check(String recipe, double available) {
        return new Estimator(LLAMA_2_7B, Workload.UNKNOWN, Double.NaN).check(TrainingRecipe.parse(recipe), available);
    }

    @Test
    void givenEnoughMemory_whenChecked_thenItFitsAndNothingIsProposed() {
        Fit fit = check("{}", 64 * GB);
        assertTrue(fit.fits());
        assertEquals(List.of(), fit.changes());
    }

    @Test
    void givenALargeMicroBatch_whenChecked_thenASmallerOneOfTheSameStepIsProposedFirst() {
        Fit fit = check("{\"micro_batch_size\": 16, \"sequence_len\": 4096, \"gradient_accumulation_steps\": 2}", 12 * GB);
        assertFalse(fit.fits());
        Fit.Change first = fit.changes().getFirst();
        TrainingRecipe changed = first.estimate().recipe();
        assertTrue(changed.microBatchSize() < 16 && changed.rowsPerStep() == 32, first.toString());
        assertEquals("micro_batch_size=" + changed.microBatchSize() + " and gradient_accumulation_steps=" + changed.gradientAccumulationSteps(), first.toString());
        assertTrue(fit.changes().stream().allMatch(change -> change.estimate().bytes() <= 12 * GB));
    }

    @Test
    void givenKeptActivations_whenChecked_thenRecomputationIsAmongTheChanges() {
        Fit fit = check("{\"method\": \"lora\", \"micro_batch_size\": 1, \"sequence_len\": 2048, \"gradient_checkpointing\": false}", 17 * GB);
        assertTrue(fit.changes().stream().anyMatch(change -> change.toString().equals("gradient_checkpointing=true")), fit.changes().toString());
    }

    @Test
    void givenABaseThatIsTooLarge_whenChecked_thenQloraIsTheChange() {
        // 13.5 GB in bf16 do not fit whatever the batch
        Fit fit = check("{\"method\": \"lora\", \"micro_batch_size\": 1, \"sequence_len\": 256}", 8 * GB);
        assertEquals(List.of("method=qlora"), fit.changes().stream().map(Fit.Change::toString).toList());
    }

    @Test
    void givenAnInt8Base_whenQloraIsTheChange_thenTheEightBitsAreSwitchedOffWithIt() {
        Fit fit = check("{\"method\": \"lora\", \"load_in_8bit\": true, \"micro_batch_size\": 1, \"sequence_len\": 256}", 7.2 * GB);
        assertEquals("load_in_8bit=false and method=qlora", fit.changes().getLast().toString());
    }

    @Test
    void givenNoSingleChangeThatIsEnough_whenChecked_thenSeveralTogetherAreOne() {
        Fit fit = check("{\"method\": \"full\", \"micro_batch_size\": 64, \"sequence_len\": 4096}", 6 * GB);
        assertEquals(1, fit.changes().size());
        assertTrue(fit.changes().getFirst().settings().keySet().containsAll(List.of("micro_batch_size", "method")), fit.changes().toString());
        assertTrue(fit.changes().getFirst().estimate().bytes() <= 6 * GB);
    }

    @Test
    void givenTooLittleForTheBaseItself_whenChecked_thenNothingIsProposedAndTheSentenceSaysSo() {
        Fit fit = check("{}", 1 * GB);
        assertEquals(List.of(), fit.changes());
        assertTrue(Forecast.refusal(fit).endsWith("No change of the recipe makes it fit: give it more memory, or choose a smaller base model."));
    }

    @Test
    void givenARefusal_whenSaid_thenItNamesTheNeedWhatIsThereAndTheChange() {
        Fit fit = check("{\"method\": \"lora\", \"micro_batch_size\": 1, \"sequence_len\": 256}", 8 * GB);
        String said = Forecast.refusal(fit);
        assertTrue(said.matches("The run would hold about 1\\d\\.\\d GB at its peak, and 8\\.0 GB are available to this process\\. It fits with method=qlora \\(\\d\\.\\d GB\\)\\."), said);
    }
}
