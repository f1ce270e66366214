package dev.hone.llm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LanguageModelTest {
    private static final int V = TinyLlama.CONFIG.vocabSize();

    @TempDir
    Path directory;

    @Test
    void givenAPrompt_whenReadInPieces_thenTheLastLogitsEqualTheOnesOfTheWholePrompt() {
        int[] ids = TinyLlama.ids(12, 1);
        try (LanguageModel model = LanguageModel.load(TinyLlama.write(directory, TinyLlama.CONFIG, 7), Precision.F32);
                KvCache cache = model.newCache(1, 16)) {
            float[] whole = model.logits(new int[][] {ids});
            model.advance(cache, new int[][] {Arrays.copyOf(ids, 5)});
            model.advance(cache, new int[][] {Arrays.copyOfRange(ids, 5, 9)});
            model.advance(cache, new int[][] {{ids[9]}});
            model.advance(cache, new int[][] {{ids[10]}});
            float[] last = model.advance(cache, new int[][] {{ids[11]}});
            assertArrayEquals(Arrays.copyOfRange(whole, 11 * V, 12 * V), last, 1e-5f);
            assertEquals(12, cache.length());
        }
    }

    @Test
    void givenABatch_whenDecodedGreedilyInsideTheProgram_thenTokensEqualArgmaxAfterWholeSequences() {
        try (LanguageModel model = LanguageModel.load(TinyLlama.write(directory, TinyLlama.TIED, 7), Precision.F32);
                KvCache cache = model.newCache(2, 20)) {
            int[][] prompts = {TinyLlama.ids(6, 1), TinyLlama.ids(6, 2)};
            float[] logits = model.advance(cache, prompts);
            int[] next = {argmax(logits, 0), argmax(logits, 1)};
            int[][] rest = model.greedy(cache, next, 5, Set.of(-1));
            for (int r = 0; r < 2; r++) {
                int[] row = Arrays.copyOf(prompts[r], 7);
                row[6] = next[r];
                for (int i = 0; i < 5; i++) {
                    assertEquals(argmax(model.logits(new int[][] {row}), row.length - 1), rest[r][i]);
                    row = Arrays.copyOf(row, row.length + 1);
                    row[row.length - 1] = rest[r][i];
                }
            }
            assertEquals(11, cache.length());
        }
    }

    @Test
    void givenRowsOfDifferentLengths_whenScoredTogether_thenEachCountsAsIfAlone() {
        int[] a = TinyLlama.ids(9, 3);
        int[] b = TinyLlama.ids(5, 4);
        boolean[] all = new boolean[9];
        Arrays.fill(all, true);
        boolean[] tail = {false, false, false, true, true};
        try (LanguageModel model = LanguageModel.load(TinyLlama.write(directory, TinyLlama.CONFIG, 7), Precision.F32)) {
            Score together = model.score(Batch.of(List.of(a, b), List.of(all, tail)));
            Score alone = model.score(Batch.of(List.of(a), List.of(all))).plus(model.score(Batch.of(List.of(b), List.of(tail))));
            assertEquals(alone.loss(), together.loss(), 1e-4);
            assertEquals(10, together.tokens());
            assertEquals(expectedLoss(model.logits(new int[][] {b}), b, 3, 4) + expectedLoss(model.logits(new int[][] {a}), a, 1, 8), together.loss(), 1e-3);
        }
    }

    @Test
    void givenBf16_whenScored_thenTheLossIsCloseToF32() {
        Path dir = TinyLlama.write(directory, TinyLlama.CONFIG, 7);
        int[] ids = TinyLlama.ids(40, 3);
        boolean[] all = new boolean[40];
        Arrays.fill(all, true);
        Batch batch = Batch.of(List.of(ids), List.of(all));
        try (LanguageModel f32 = LanguageModel.load(dir, Precision.F32); LanguageModel bf16 = LanguageModel.load(dir, Precision.BF16)) {
            // bf16 keeps 8 bits of a value: half a percent is one unit in its last place
            assertEquals(f32.score(batch).meanLoss(), bf16.score(batch).meanLoss(), 0.01);
        }
    }

    @Test
    void givenAFullCache_whenAdvanced_thenTheErrorNamesTheCapacity() {
        try (LanguageModel model = LanguageModel.load(TinyLlama.write(directory, TinyLlama.CONFIG, 7), Precision.F32);
                KvCache cache = model.newCache(1, 4)) {
            Exception e = assertThrows(IllegalArgumentException.class, () -> model.advance(cache, new int[][] {TinyLlama.ids(5, 1)}));
            assertEquals("The cache holds 4 tokens a row; 0 are in it and 5 more were asked for. Ask for a larger one.", e.getMessage());
        }
    }

    private static int argmax(float[] logits, int row) {
        int best = 0;
        for (int v = 1; v < V; v++) {
            if (logits[row * V + v] > logits[row * V + best]) {
                best = v;
            }
        }
        return best;
    }

    /** Cross entropy summed over the tokens first to last, in double, straight from its definition. */
    private static double expectedLoss(float[] logits, int[] ids, int first, int last) {
        double loss = 0;
        for (int t = first; t <= last; t++) {
            double sum = 0;
            for (int v = 0; v < V; v++) {
                sum += Math.exp(logits[(t - 1) * V + v]);
            }
            loss += Math.log(sum) - logits[(t - 1) * V + ids[t]];
        }
        return loss;
    }
}
