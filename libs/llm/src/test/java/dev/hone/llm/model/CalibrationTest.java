package dev.hone.llm.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.format.DType;
import dev.hone.llm.format.Json;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.format.WeightSource;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibrationTest {
    private static final ModelConfig CONFIG = TinyLlama.CONFIG;
    private static final int Q = 0;
    private static final int DOWN = 6;

    @TempDir
    Path directory;

    /** By definition, in double: the first layer's q reads the embedding, normed. */
    @Test
    void givenRows_whenTheFirstLayerRan_thenMomentsOfQAreThoseOfTheNormedEmbedding() {
        int[] ids = TinyLlama.ids(7, 1);
        try (WeightSource source = source(); Calibration calibration = Calibration.start(CONFIG, source, List.of(ids))) {
            calibration.nextLayer();
            float[] moments = calibration.moments(Q);
            float[] embedding = source.floats("model.embed_tokens.weight");
            float[] norm = source.floats("model.layers.0.input_layernorm.weight");
            int d = CONFIG.hiddenSize();
            for (int c = 0; c < d; c++) {
                double expected = 0;
                for (int id : ids) {
                    double square = 0;
                    for (int i = 0; i < d; i++) {
                        square += Math.pow(embedding[id * d + i], 2) / d;
                    }
                    expected += Math.pow(embedding[id * d + c] * norm[c], 2) / (square + CONFIG.rmsNormEps()) / ids.length;
                }
                assertEquals(expected, moments[c], 1e-4 * (1 + expected));
            }
        }
    }

    /** A diagonal of ones, with rows of zeros below as q has more outputs than inputs, gives back the inputs' own energy: tokens times the sum of the moments. */
    @Test
    void givenTheIdentity_whenMeasured_thenTheEnergyIsThatOfTheInputs() {
        List<int[]> rows = List.of(TinyLlama.ids(7, 1), TinyLlama.ids(5, 2));
        try (WeightSource source = source(); Calibration calibration = Calibration.start(CONFIG, source, rows)) {
            calibration.nextLayer();
            calibration.nextLayer();
            float[] identity = new float[2 * CONFIG.hiddenSize() * CONFIG.hiddenSize()];
            for (int i = 0; i < CONFIG.hiddenSize(); i++) {
                identity[i * (CONFIG.hiddenSize() + 1)] = 1;
            }
            double sum = 0;
            for (float moment : calibration.moments(Q)) {
                sum += moment;
            }
            assertEquals(12 * sum, calibration.energy(Q, identity), 1e-2);
            assertEquals(CONFIG.intermediateSize(), calibration.moments(DOWN).length);
            assertThrows(IllegalStateException.class, calibration::nextLayer);
        }
    }

    /** The taps repeat the model's formulas; if the two drift apart, what follows the second layer tells. */
    @Test
    void givenALayersOutput_whenTheNextLayerReadsIt_thenItIsWhatTheModelItselfComputes() {
        int[] ids = TinyLlama.ids(9, 3);
        ModelConfig one = ModelConfig.llama(CONFIG.vocabSize(), CONFIG.hiddenSize(), CONFIG.intermediateSize(), 1, CONFIG.numAttentionHeads(),
                CONFIG.numKeyValueHeads(), CONFIG.headDim(), CONFIG.rmsNormEps(), CONFIG.rope().theta(), CONFIG.maxPositionEmbeddings(), false, 0.02);
        Path written = TinyLlama.write(directory, CONFIG, 7);
        try (WeightSource source = WeightSource.open(written); Calibration calibration = Calibration.start(CONFIG, source, List.of(ids))) {
            calibration.nextLayer();
            calibration.nextLayer();
            // a one-layer model with the second layer's input norm as final norm and its q as head: its logits are q's outputs
            float[] head = Arrays.copyOf(source.floats("model.layers.1.self_attn.q_proj.weight"), CONFIG.vocabSize() * CONFIG.hiddenSize());
            writeOneLayer(one, source, Map.of("model.norm.weight", source.floats("model.layers.1.input_layernorm.weight"), "lm_head.weight", head));
            try (LanguageModel model = LanguageModel.load(directory.resolve("one"), Precision.F32)) {
                double energy = 0;
                for (float logit : model.logits(new int[][] {ids})) {
                    energy += (double) logit * logit;
                }
                assertEquals(energy, calibration.energy(Q, source.floats("model.layers.1.self_attn.q_proj.weight")), 1e-4 * energy);
            }
        }
    }

    private void writeOneLayer(ModelConfig config, WeightSource source, Map<String, float[]> replaced) {
        Path one = directory.resolve("one");
        assertTrue(one.toFile().mkdir());
        Json.write(one.resolve("config.json"), config.toJson());
        List<TensorInfo> infos = ModelLayout.weights(config).stream().map(w -> TensorInfo.of(w.name(), DType.F32, w.shape())).toList();
        try (SafetensorsWriter writer = SafetensorsWriter.create(one.resolve("model.safetensors"), infos)) {
            infos.forEach(i -> writer.write(i.name(), replaced.containsKey(i.name()) ? replaced.get(i.name()) : source.floats(i.name())));
        }
    }

    private WeightSource source() {
        return WeightSource.open(TinyLlama.write(directory, CONFIG, 7));
    }
}
