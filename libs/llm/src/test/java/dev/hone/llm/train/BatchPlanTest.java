package dev.hone.llm.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.model.Batch;
import dev.hone.llm.text.ChatTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchPlanTest {
    @TempDir
    Path dir;

    private BatchPlan plan(int micro, int accumulation, double epochs) throws IOException {
        TrainingRecipe recipe = TrainingFixture.recipe("lora", "f32", micro, accumulation, 0, 0).with("num_epochs", epochs);
        return new BatchPlan(examples(recipe), recipe);
    }

    private Examples examples(TrainingRecipe recipe) throws IOException {
        Path base = dir.resolve("base");
        if (!Files.exists(base)) {
            TrainingFixture.base(base);
        }
        try (ChatTokenizer tokenizer = ChatTokenizer.load(base)) {
            return Examples.load(TrainingFixture.rows(dir.resolve("rows.jsonl"), 21), tokenizer, recipe, 64);
        }
    }

    private static List<String> rows(Stream<Batch> batches) {
        return batches.flatMap(b -> b.documents().stream()).map(Arrays::toString).sorted().toList();
    }

    private static Stream<Batch> epoch(BatchPlan plan, int epoch, int steps) {
        List<Batch> all = new ArrayList<>();
        for (int s = 0; s < steps; s++) {
            all.addAll(plan.microBatches((long) epoch * steps + s));
        }
        return all.stream();
    }

    @Test
    void givenAnEpoch_whenWalked_thenEveryRowComesOnceAndEachEpochInAnotherOrder() throws IOException {
        BatchPlan plan = plan(2, 2, 2);
        assertEquals(12, plan.totalSteps());
        List<String> first = rows(epoch(plan, 0, 6));
        assertEquals(21, first.size());
        assertEquals(21, first.stream().distinct().count());
        assertEquals(first, rows(epoch(plan, 1, 6)));
        assertNotEquals(rows(plan.microBatches(0).stream()), rows(plan.microBatches(6).stream()));
    }

    @Test
    void givenTheSameRowsAStep_whenSplitDifferently_thenEachStepSeesTheSameRows() throws IOException {
        BatchPlan wide = plan(4, 1, 1);
        BatchPlan narrow = plan(1, 4, 1);
        for (int step = 0; step < 6; step++) {
            assertEquals(rows(wide.microBatches(step).stream()), rows(narrow.microBatches(step).stream()));
        }
    }

    @Test
    void givenASplitOfRows_whenBatched_thenLabelsAreTheSuccessorsOfTheirPositions() {
        Batch batch = Batch.of(List.of(new int[] {7, 8, 9, 10}, new int[] {11, 12}), List.of(new boolean[] {false, false, true, true}, new boolean[] {false, true}));
        // [11 0 ...] and [7 8 9 0 ...], shorter ones first, each of 16; 12 is predicted at 11, 9 at 8, 10 at 9
        assertEquals(List.of(16, 16), batch.documents().stream().map(d -> d.length).toList());
        assertEquals("[11, 0]", Arrays.toString(Arrays.copyOf(batch.documents().get(0), 2)));
        assertEquals("[7, 8, 9, 0]", Arrays.toString(Arrays.copyOf(batch.documents().get(1), 4)));
        assertEquals("[0, 17, 18]", Arrays.toString(batch.positions()));
        assertEquals("[12, 9, 10]", Arrays.toString(batch.labels()));
        assertEquals("[2, 16]", Arrays.toString(batch.spans()));
        assertEquals("[0, 1, 1]", Arrays.toString(batch.documentOfLabel()));
        assertEquals(4, batch.tokens());
        assertEquals(32, batch.cells());
    }

    @Test
    void givenRowsOfNearlyOneLength_whenBatched_thenTheyAttendInOneGoAndOthersDoNot() {
        boolean[] labelled = new boolean[100];
        Arrays.fill(labelled, true);
        Batch near = Batch.of(List.of(new int[60], new int[70], new int[80]), List.of(labelled, labelled, labelled));
        assertEquals("[3, 80]", Arrays.toString(near.spans()));
        Batch far = Batch.of(List.of(new int[10], new int[100]), List.of(labelled, labelled));
        assertEquals("[1, 16, 1, 112]", Arrays.toString(far.spans()));
        assertEquals(108, far.tokens());
    }

    @Test
    void givenText_whenCutIntoBlocks_thenEveryTokenIsPredictedOnceAndDocumentsAreSeparated() throws IOException {
        TrainingRecipe recipe = TrainingFixture.recipe("full", "f32", 1, 1, 0, 0).with("num_epochs", 1).with("objective", "next_token").with("sequence_len", 4);
        Path base = TrainingFixture.base(dir.resolve("base"));
        Path text = dir.resolve("text.jsonl");
        Files.write(text, java.util.Collections.nCopies(9, "{\"text\":\"The phone works.\"}"));
        try (ChatTokenizer tokenizer = ChatTokenizer.load(base)) {
            int perDocument = tokenizer.encode("The phone works.").length + 1;
            Examples blocks = Examples.load(text, tokenizer, recipe, 64);
            assertEquals((9 * perDocument - 1) / 4, blocks.size());
            assertEquals(tokenizer.beginToken().orElseThrow(), blocks.documents(0).getFirst().ids()[0]);
            for (int i = 1; i < blocks.size(); i++) {
                assertEquals(blocks.documents(i - 1).getFirst().ids()[4], blocks.documents(i).getFirst().ids()[0]);
            }
            assertTrue(blocks.documents(0).getFirst().trainable()[1]);
        }
    }
}
