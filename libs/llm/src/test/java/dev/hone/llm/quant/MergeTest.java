package dev.hone.llm.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.format.AdapterConfig;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.FloatCodec;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.HoneJson;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.model.TinyLlama;
import dev.hone.llm.nf4.Nf4;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergeTest {
    private static final String MODULE = "model.layers.1.self_attn.k_proj";
    private static final String ADAPTED = MODULE + ".weight";
    private static final String UNTOUCHED = "model.layers.0.mlp.up_proj.weight";
    private static final String EMBEDDING = "model.embed_tokens.weight";
    private static final int IN = 32;
    private static final int OUT = 32;

    @TempDir
    Path dir;

    private Path base;
    private Path adapter;

    @BeforeEach
    void makeModels() throws Exception {
        base = TinyLlama.write(Files.createDirectory(dir.resolve("base")), TinyLlama.CONFIG, 3);
        adapter = Files.createDirectory(dir.resolve("adapter"));
        adapter(MODULE, IN).write(adapter);
    }

    /** Rank 1, by hand: (W)[o][i] grows by alpha / r · b[o] · a[i]. */
    @Test
    void givenAPlainAdapter_whenMerged_thenWeightsGrowByAlphaOverRTimesBA() {
        Merge.run(base, adapter, dir.resolve("out"));
        float[] before = weights(base, ADAPTED);
        float[] after = weights(dir.resolve("out"), ADAPTED);
        for (int o = 0; o < OUT; o++) {
            for (int i = 0; i < IN; i++) {
                assertEquals(before[o * IN + i] + 4.0 * b(o) * a(i), after[o * IN + i], 1e-6);
            }
        }
        assertArrayEquals(weights(base, UNTOUCHED), weights(dir.resolve("out"), UNTOUCHED));
    }

    @Test
    void givenAnAdapterTrainedOnNf4InBf16_whenMerged_thenTheBaseIsWhatTrainingSaw() {
        new HoneJson("qlora", "nf4", "bf16", "").write(adapter);
        Merge.run(base, adapter, dir.resolve("out"));
        float[] seen = Nf4.roundTrip(weights(base, UNTOUCHED), 64, 32);
        for (int i = 0; i < seen.length; i++) {
            seen[i] = FloatCodec.roundToBf16(seen[i]);
        }
        assertArrayEquals(seen, weights(dir.resolve("out"), UNTOUCHED));
        assertArrayEquals(weights(base, EMBEDDING), weights(dir.resolve("out"), EMBEDDING));
        float adapted = FloatCodec.roundToBf16(Nf4.roundTrip(weights(base, ADAPTED), OUT, IN)[5]);
        assertEquals(adapted + 4.0 * b(0) * a(5), weights(dir.resolve("out"), ADAPTED)[5], 1e-6);
    }

    @Test
    void givenWholeWeights_whenMerged_thenTheyAreTheModel() throws Exception {
        Path trained = TinyLlama.write(Files.createDirectory(dir.resolve("trained")), TinyLlama.CONFIG, 4);
        Merge.run(base, trained, dir.resolve("out"));
        assertArrayEquals(weights(trained, ADAPTED), weights(dir.resolve("out"), ADAPTED));
    }

    @Test
    void givenAnAdapterOfAnotherModel_whenMerged_thenTheModuleIsNamed() {
        adapter("model.layers.9.self_attn.k_proj", IN).write(adapter);
        assertRefused("no such module");
        adapter(MODULE, IN * 2).write(adapter);
        assertRefused("[32, 64]");
    }

    private void assertRefused(String part) {
        String message = assertThrows(FormatException.class, () -> Merge.run(base, adapter, dir.resolve("out"))).getMessage();
        assertTrue(message.contains(part), message);
    }

    private static float[] weights(Path model, String name) {
        try (WeightSource source = WeightSource.open(model)) {
            return source.floats(name);
        }
    }

    private static AdapterFiles adapter(String module, int in) {
        float[] a = new float[in];
        float[] b = new float[OUT];
        for (int i = 0; i < in; i++) {
            a[i] = (float) a(i);
        }
        for (int o = 0; o < OUT; o++) {
            b[o] = (float) b(o);
        }
        return new AdapterFiles(AdapterConfig.plain(1, 4, List.of("k_proj"), "tiny"), Map.of(module, new AdapterFiles.Pair(in, OUT, 1, a, b)));
    }

    private static double a(int i) {
        return (i - 7) / 64.0;
    }

    private static double b(int o) {
        return (o + 1) / 128.0;
    }
}
