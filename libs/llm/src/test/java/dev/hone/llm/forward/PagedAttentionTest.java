package dev.hone.llm.forward;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hone.llm.format.FloatCodec;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.ModelTraits;
import dev.hone.llm.kernel.WorkTeam;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention over blocks against its definition in float64, on keys and values as bf16 has them. */
class PagedAttentionTest {
    private static final int BLOCKS = 40;

    /** Query heads, key-value heads, size of a head, tokens, window and cap: one, four and eight rows at once, parts of blocks, sizes that no vector divides. */
    @ParameterizedTest
    @CsvSource({"4, 4, 64, 100, 0, 0", "1, 1, 16, 1, 0, 0", "8, 1, 64, 70, 0, 0", "6, 2, 80, 33, 0, 0", "4, 1, 128, 17, 0, 0", "4, 2, 24, 50, 8, 0", "4, 2, 64, 90, 33, 0", "4, 2, 16, 40, 0, 2", "10, 2, 12, 40, 16, 30",
        "2, 2, 64, 600, 0, 0", "16, 2, 64, 37, 0, 0"})
    void givenTokens_whenTheyAttend_thenTheResultIsTheDefinitions(int heads, int keyHeads, int size, int tokens, int window, double cap) {
        ModelConfig config = config(heads, keyHeads, size, cap);
        float[] qkv = random(tokens * (heads + 2 * keyHeads) * size);
        int[] blocks = blocks(tokens);
        try (PagedKv kv = new PagedKv(config, BLOCKS); WorkTeam team = WorkTeam.of(2)) {
            float[] whole = attend(config, kv, blocks, qkv, 0, tokens, window, team);
            assertArrayEquals(expected(config, qkv, tokens, window), whole, 1e-5f);
            int from = tokens / 3;
            float[] rest = attend(config, kv, blocks, Arrays.copyOfRange(qkv, from * (heads + 2 * keyHeads) * size, qkv.length), from, tokens - from, window, team);
            assertArrayEquals(Arrays.copyOfRange(whole, from * heads * size, whole.length), rest);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "2, 0", "15, 0", "16, 5", "17, 0", "33, 20"})
    void givenBlocksInWhichAnotherSequenceBroke_whenUsedAgain_thenNothingOfItIsSeen(int tokens, int window) {
        ModelConfig config = config(4, 2, 16, 0);
        float[] broken = new float[BLOCKS * 16 * 8 * 16];
        Arrays.fill(broken, Float.NaN);
        float[] qkv = random(tokens * 8 * 16);
        try (PagedKv fresh = new PagedKv(config, BLOCKS); PagedKv used = new PagedKv(config, BLOCKS); WorkTeam team = WorkTeam.alone()) {
            int[] all = blocks(BLOCKS * 16);
            attend(config, used, all, broken, 0, BLOCKS * 16, 0, team);
            assertArrayEquals(attend(config, fresh, blocks(tokens), qkv, 0, tokens, window, team), attend(config, used, blocks(tokens), qkv, 0, tokens, window, team));
        }
    }

    /** 4 bytes for a key and a value in bf16, 16 tokens, 2 heads of 16, 1 layer. */
    @Test
    void givenAModel_whenBlocksAreMade_thenABlockHasTheBytesOfItsKeysAndValues() {
        try (PagedKv kv = new PagedKv(config(4, 2, 16, 0), 3)) {
            assertEquals(4 * 16 * 2 * 16, kv.blockBytes());
            assertEquals(3, kv.count());
        }
    }

    @Test
    void givenBlocksThatWereReleased_whenUsedAgain_thenTheyAreAsNew() {
        ModelConfig config = config(4, 2, 16, 0);
        float[] qkv = random(40 * 8 * 16);
        try (PagedKv kv = new PagedKv(config, BLOCKS); WorkTeam team = WorkTeam.alone()) {
            float[] first = attend(config, kv, blocks(40), qkv, 0, 40, 0, team);
            for (int block = 0; block < BLOCKS; block++) {
                kv.release(block);
            }
            assertArrayEquals(first, attend(config, kv, blocks(40), qkv, 0, 40, 0, team));
        }
    }

    @Test
    void givenABlockThatIsNotThere_whenTaken_thenTheErrorSaysWhichThereAre() {
        try (PagedKv kv = new PagedKv(config(4, 2, 16, 0), 3)) {
            TokenRows rows = new TokenRows(List.of(new Slice(new int[1], 0, new int[] {3}, Optional.empty(), 0, false)));
            assertEquals("Expected a block from 0 to 2, found 3.", assertThrows(IllegalArgumentException.class, () -> kv.take(rows)).getMessage());
        }
    }

    private static float[] attend(ModelConfig config, PagedKv kv, int[] blocks, float[] qkv, int position, int tokens, int window, WorkTeam team) {
        TokenRows rows = new TokenRows(List.of(new Slice(new int[tokens], position, blocks, Optional.empty(), tokens, false)));
        PagedAttention attention = new PagedAttention(config);
        kv.take(rows);
        int width = (config.numAttentionHeads() + 2 * config.numKeyValueHeads()) * config.headDim();
        for (int t = 0; t < tokens; t++) {
            int keys = t * width + config.numAttentionHeads() * config.headDim();
            int at = position + t;
            kv.store(0, blocks[at / 16], at % 16, qkv, keys, keys + config.numKeyValueHeads() * config.headDim(), t + 1 == tokens);
        }
        float[] out = new float[tokens * config.numAttentionHeads() * config.headDim()];
        attention.run(attention.plan(rows, team.threads()), rows, kv, 0, window, qkv, out, team);
        return out;
    }

    private static float[] expected(ModelConfig config, float[] qkv, int tokens, int window) {
        int heads = config.numAttentionHeads();
        int group = heads / config.numKeyValueHeads();
        int size = config.headDim();
        int width = (heads + 2 * config.numKeyValueHeads()) * size;
        float[] out = new float[tokens * heads * size];
        for (int t = 0; t < tokens; t++) {
            for (int h = 0; h < heads; h++) {
                int first = window > 0 ? Math.max(0, t - window + 1) : 0;
                double[] weights = new double[t + 1];
                double sum = 0;
                for (int s = first; s <= t; s++) {
                    weights[s] = Math.exp(score(config, qkv, t * width + h * size, s * width + (heads + h / group) * size));
                    sum += weights[s];
                }
                for (int e = 0; e < size; e++) {
                    double mixed = 0;
                    for (int s = first; s <= t; s++) {
                        mixed += weights[s] / sum * FloatCodec.roundToBf16(qkv[s * width + (heads + config.numKeyValueHeads() + h / group) * size + e]);
                    }
                    out[(t * heads + h) * size + e] = (float) mixed;
                }
            }
        }
        return out;
    }

    private static double score(ModelConfig config, float[] qkv, int query, int key) {
        double score = 0;
        for (int e = 0; e < config.headDim(); e++) {
            score += (double) qkv[query + e] * FloatCodec.roundToBf16(qkv[key + e]);
        }
        double cap = config.traits().attentionCap();
        double scaled = score * config.traits().attentionScale();
        return cap > 0 ? cap * Math.tanh(scaled / cap) : scaled;
    }

    private static ModelConfig config(int heads, int keyHeads, int size, double cap) {
        ModelConfig c = ModelConfig.llama(10, heads * size, 8, 1, heads, keyHeads, size, 1e-5, 1e4, 4096, true, 0.02);
        ModelTraits t = c.traits();
        ModelTraits capped = new ModelTraits(t.fused(), t.queryKeyValueBias(), t.outputBias(), t.feedForwardBias(), t.queryKeyNorms(), t.postNorms(), t.normAddsOne(), t.gelu(),
                t.attentionScale(), cap, t.logitCap(), t.embeddingScale(), t.slidingWindow(), t.layers());
        return new ModelConfig(c.modelType(), c.vocabSize(), c.hiddenSize(), c.intermediateSize(), 1, heads, keyHeads, size, c.rmsNormEps(), c.maxPositionEmbeddings(), true, 0.02, c.rope(), capped);
    }

    private static int[] blocks(int tokens) {
        int[] blocks = new int[Math.ceilDiv(tokens, 16)];
        Arrays.setAll(blocks, i -> (i * 7 + 3) % BLOCKS);
        return blocks;
    }

    private static float[] random(int count) {
        SplittableRandom random = new SplittableRandom(7);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
