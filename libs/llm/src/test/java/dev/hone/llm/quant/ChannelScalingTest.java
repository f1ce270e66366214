package dev.hone.llm.quant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.format.DType;
import dev.hone.llm.format.Json;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.layout.Layout;
import dev.hone.llm.layout.ModelWriter;
import dev.hone.llm.model.LayerWalk;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.model.Precision;
import dev.hone.llm.rounding.Scheme;
import dev.hone.llm.text.TokenizedRow;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChannelScalingTest {
    private static final Path FAMILIES = Path.of(System.getProperty("hone.root", "../..")).resolve("libs/llm/src/test/golden/families");

    @TempDir
    Path directory;

    /** Folded into norms (also those that add one) and rows (also of fused modules), with and without biases: what the scaled layer computes is what it computed. */
    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama_bias", "qwen2", "qwen3", "phi3", "gemma2", "gemma3", "mistral", "smollm3"})
    void givenAFamily_whenItsInputsAreScaled_thenEachLayerComputesTheSame(String family) throws Exception {
        Path scaled = copyWithOutliers(FAMILIES.resolve(family));
        ModelConfig config = ModelConfig.load(scaled);
        List<int[]> rows = List.of(ids(config, 40, 1), ids(config, 31, 2));
        HeldOutRows heldOut = new HeldOutRows(rows.stream().map(ChannelScalingTest::counted).toList(), List.of());
        try (WeightSource source = WeightSource.open(scaled); Comparison comparison = new Comparison(config, source, heldOut, () -> false);
                LayerWalk walk = LayerWalk.through(config, source, Precision.F32, 0, rows)) {
            int changes = 0;
            for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
                LayerInWork work = new LayerInWork(config, layer, source, walk);
                new ChannelScaling(Scheme.of("int4-awq", 16), work).apply(walk);
                changes += work.changes().size();
                walk.advance();
            }
            assertTrue(changes > 0);
            double kl = Comparison.fidelity(comparison.with(walk)).meanKl();
            assertTrue(kl < 1e-6, "KL " + kl);
        }
    }

    /** One input in 32 is ten times as large as the others: AWQ protects it, and SmoothQuant takes it out of the activations. */
    @Test
    void givenInputsWithOutliers_whenScaled_thenRoundingLosesLess() throws Exception {
        Path model = copyWithOutliers(FAMILIES.resolve("llama"));
        assertTrue(outputError(model, "int4-g16-awq") < 0.9 * outputError(model, "int4-g16-mse"));
        assertTrue(outputError(model, "w8a8-smoothquant") < 0.7 * outputError(model, "w8a8"));
    }

    private double outputError(Path model, String label) {
        ModelConfig config = ModelConfig.load(model);
        Scheme scheme = Scheme.of(label, 32);
        try (WeightSource source = WeightSource.open(model);
                ModelWriter writer = ModelWriter.open(directory.resolve(label), scheme, Layout.COMPRESSED_TENSORS, MergedWeights::isLinear, name -> false, source)) {
            CalibratedRounding rounding = new CalibratedRounding(config, source, scheme, ModelWriter.scales(scheme, Layout.COMPRESSED_TENSORS), () -> false);
            List<LayerReport> layers = rounding.run(List.of(ids(config, 60, 1), ids(config, 60, 2)), MergedWeights::isLinear, name -> false, writer, (done, total, name) -> {});
            assertEquals(config.numHiddenLayers() * ModelLayout.LINEARS, layers.size());
            return layers.stream().filter(l -> l.name().contains("q_proj") || l.name().contains("gate_proj")).mapToDouble(LayerReport::outputError).average().orElseThrow();
        }
    }

    /** The family's model with every 32nd factor of the norms before linear modules ten times as large. */
    private Path copyWithOutliers(Path from) throws Exception {
        Path to = Files.createDirectory(directory.resolve("model"));
        Files.copy(from.resolve("config.json"), to.resolve("config.json"));
        ModelConfig config = ModelConfig.load(from);
        try (WeightSource source = WeightSource.open(from)) {
            List<TensorInfo> infos = source.names().stream().map(name -> source.info(name).withDtype(DType.F32)).toList();
            try (SafetensorsWriter writer = SafetensorsWriter.create(to.resolve("model.safetensors"), infos)) {
                for (TensorInfo info : infos) {
                    float[] values = source.floats(info.name());
                    if (info.name().endsWith("input_layernorm.weight") || info.name().endsWith(config.traits().postNorms() ? "pre_feedforward_layernorm.weight" : "post_attention_layernorm.weight")) {
                        for (int i = 5; i < values.length; i += 32) {
                            values[i] = config.traits().normAddsOne() ? 9 : 10;
                        }
                    }
                    writer.write(info.name(), values);
                }
            }
        }
        assertFalse(Json.read(to.resolve("config.json")).isEmpty());
        return to;
    }

    private static TokenizedRow counted(int[] ids) {
        boolean[] all = new boolean[ids.length];
        Arrays.fill(all, true);
        return new TokenizedRow(ids, all);
    }

    private static int[] ids(ModelConfig config, int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return IntStream.range(0, count).map(i -> random.nextInt(config.vocabSize())).toArray();
    }
}
