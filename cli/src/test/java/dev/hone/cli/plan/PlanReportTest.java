package dev.hone.cli.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.cli.CommandRun;
import dev.hone.llm.estimate.Estimator;
import dev.hone.llm.estimate.Workload;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.train.TrainingRecipe;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlanReportTest {
    /** Llama 2 7B: 32 layers of 4096, 32 heads, feed-forward 11008, vocabulary 32000, untied. */
    private static final ModelConfig LLAMA_2_7B = ModelConfig.llama(32000, 4096, 11008, 32, 32, 32, 128, 1e-5, 10000, 4096, false, 0.02);

    private static PlanReport report(String recipe) {
        return new PlanReport(LLAMA_2_7B, new Estimator(LLAMA_2_7B, Workload.ofRows(100), 1e11).estimate(TrainingRecipe.parse(recipe)));
    }

    @Test
    void givenTheLecturesModels_whenRanksAreCounted_thenTheTableIsTheLectures() {
        assertEquals(List.of("167K", "228K", "529K", "849K"), shortened(1));
        assertEquals(List.of("3M", "4M", "8M", "14M"), shortened(16));
        assertEquals(List.of("86M", "117M", "271M", "434M"), shortened(512));
    }

    private static List<String> shortened(int rank) {
        return Arrays.stream(IdealMatrix.OF_LECTURES).map(matrix -> IdealMatrix.shortened(matrix.trained(rank))).toList();
    }

    @Test
    void givenARealModel_whenPrintedBesideTheLecturesTable_thenItsOwnModulesAreCounted() {
        // rank 16 on all linear layers of Llama 2 7B: 39,976,960 by PEFT, and a 32nd of it a layer
        List<String> lines = report("{\"method\": \"full\"}").lecture();
        assertEquals(4, lines.size());
        assertTrue(lines.get(0).matches("one n x n matrix +7B +13B +70B +180B +this model, a layer +all layers"), lines.get(0));
        assertTrue(lines.get(1).matches("rank 1 trains +167K +228K +529K +849K +78,080 +2,498,560"), lines.get(1));
        assertTrue(lines.get(2).matches("rank 16 trains +3M +4M +8M +14M +1,249,280 +39,976,960"), lines.get(2));
        assertTrue(lines.get(3).matches("rank 512 trains +86M +117M +271M +434M +39,976,960 +1,279,262,720"), lines.get(3));
    }

    @Test
    void givenAnAdapter_whenReported_thenModulesShareAndStepsAreSaid() {
        String text = String.join("\n", report("{\"lora_r\": 16, \"lora_target_modules\": [\"q_proj\"]}").lines());
        assertTrue(text.matches("(?s).*q_proj +4,096 +4,096 +32 +16,777,216 +16 +131,072\n.*"), text);
        assertTrue(text.matches("(?s).*k_proj +4,096 +4,096 +32 +16,777,216 +- +-\n.*"), text);
        assertTrue(text.contains("trained in all      4,194,304 of 6,738,415,616 parameters (0.1 %)"), text);
        assertTrue(text.contains("optimizer steps     75, "), text);
    }

    @Test
    void givenMemoryThatIsTooSmall_whenSaid_thenTheChangesStandBelow() {
        TrainingRecipe recipe = TrainingRecipe.parse("{\"method\": \"lora\", \"micro_batch_size\": 1, \"sequence_len\": 256}");
        List<String> lines = PlanReport.fit(new Estimator(LLAMA_2_7B, Workload.UNKNOWN, Double.NaN).check(recipe, 8e9));
        assertEquals("It does not fit here: 8.0 GB are available. It would with one of:", lines.get(0));
        assertTrue(lines.get(1).startsWith("  method=qlora ("), lines.get(1));
    }

    @Test
    void givenHoneNano_whenPlanned_thenTheCommandCountsItsRecipe() {
        CommandRun run = CommandRun.of("plan", "--base", "hone-nano", "--set", "lora_r=8", "--rows", "1000", "--gflops", "100");
        assertEquals(0, run.exit(), run.error());
        assertTrue(run.out().contains("trained in all      215,040 of 5,180,672 parameters"), run.out());
        assertTrue(run.out().contains("Assumed where nothing was given: method=qlora, micro_batch_size=16,"), run.out());
        assertTrue(run.out().contains("time, roughly"), run.out());
    }

    @Test
    void givenAModuleThatTheModelLacks_whenPlanned_thenTheSentenceNamesIt() {
        CommandRun run = CommandRun.of("plan", "--base", "hone-nano", "--set", "lora_target_modules=qkv_proj");
        assertEquals(2, run.exit());
        assertTrue(run.error().contains("qkv_proj") && run.error().contains("q_proj"), run.error());
    }
}
