package dev.hone.llm.lora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.hone.llm.bridge.Torch;
import dev.hone.llm.format.AdapterConfig;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.TinyLlama;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LoraMatricesTest {
    @Test
    void givenALinearOf1024By1024_whenAdaptedAtRank8_then16384ParametersTrain() {
        // the mission's seed example: 8 * 1024 + 1024 * 8, 1.5625 % of the 1,048,576 weights
        ModelConfig config = new ModelConfig(16, 1024, 64, 1, 16, 16, 64, 1e-5, 10000, 64, true, 0.02);
        try (NDManager manager = Torch.newManager()) {
            List<NDArray> matrices = LoraMatrices.drawn(manager, config, "model.layers.0.self_attn.q_proj"::equals, 8, 1);
            assertEquals(16384, matrices.stream().mapToLong(NDArray::size).sum());
        }
    }

    @Test
    void givenFreshMatrices_whenDrawn_thenBIsZeroAndAIsUniformWithinOneOverRootIn() {
        try (NDManager manager = Torch.newManager()) {
            List<NDArray> matrices = LoraMatrices.drawn(manager, TinyLlama.CONFIG, name -> true, 4, 1);
            float[] a = matrices.get(0).toFloatArray();
            double bound = 1 / Math.sqrt(32);
            double square = 0;
            for (float value : a) {
                assertTrue(Math.abs(value) <= bound);
                square += value * value;
            }
            // a uniform distribution on [-b, b] has the variance b²/3; 128 draws
            assertEquals(bound * bound / 3, square / a.length, 0.2 * bound * bound / 3);
            for (float value : matrices.get(1).toFloatArray()) {
                assertEquals(0f, value);
            }
        }
    }

    @Test
    void givenAnAdapterOfAnotherModel_whenLoaded_thenItIsRefused() {
        AdapterConfig config = new AdapterConfig(2, 4, 0, List.of("q_proj"), false, "other");
        AdapterFiles wide = new AdapterFiles(config, Map.of("model.layers.0.self_attn.q_proj", new AdapterFiles.Pair(48, 64, 2, new float[96], new float[128])));
        AdapterFiles deep = new AdapterFiles(config, Map.of("model.layers.9.self_attn.q_proj", new AdapterFiles.Pair(32, 64, 2, new float[64], new float[128])));
        try (NDManager manager = Torch.newManager()) {
            assertTrue(assertThrows(FormatException.class, () -> LoraMatrices.of(manager, TinyLlama.CONFIG, wide)).getMessage().contains("maps 48 to 64"));
            assertTrue(assertThrows(FormatException.class, () -> LoraMatrices.of(manager, TinyLlama.CONFIG, deep)).getMessage().contains("knows 0 of them"));
        }
    }
}
