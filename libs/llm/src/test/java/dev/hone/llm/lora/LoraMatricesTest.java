package dev.hone.llm.lora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.hone.llm.bridge.Torch;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.AdapterConfig;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.ModelProgram;
import dev.hone.llm.model.TinyLlama;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LoraMatricesTest {
    private static AdapterConfig adapter(int r) {
        return AdapterConfig.plain(r, 2 * r, List.of("q_proj"), "other");
    }

    private static TorchProgram program(NDManager manager, ModelConfig config) {
        return ModelProgram.load(manager, config, ModelProgram.Variant.PLAIN);
    }

    @Test
    void givenALinearOf1024By1024_whenAdaptedAtRank8_then16384ParametersTrain() {
        // the mission's seed example: 8 * 1024 + 1024 * 8, 1.5625 % of the 1,048,576 weights
        ModelConfig config = ModelConfig.llama(16, 1024, 64, 1, 16, 16, 64, 1e-5, 10000, 64, true, 0.02);
        try (NDManager manager = Torch.newManager()) {
            LoraMatrices matrices = LoraMatrices.drawn(manager, program(manager, config), config, adapter(8), List.of("model.layers.0.self_attn.q_proj"), 1, place -> new float[0]);
            assertEquals(16384, matrices.learning().getFirst().values().stream().mapToLong(NDArray::size).sum());
        }
    }

    @Test
    void givenFreshMatrices_whenDrawn_thenBIsZeroAndAIsUniformWithinOneOverRootIn() {
        try (NDManager manager = Torch.newManager()) {
            List<NDArray> matrices = LoraMatrices.drawn(manager, program(manager, TinyLlama.CONFIG), TinyLlama.CONFIG, adapter(4), new Targets(List.of()).of(TinyLlama.CONFIG), 1, place -> new float[0]).list();
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
        AdapterConfig config = adapter(2);
        AdapterFiles wide = new AdapterFiles(config, Map.of("model.layers.0.self_attn.q_proj", new AdapterFiles.Pair(48, 64, 2, new float[96], new float[128])));
        AdapterFiles deep = new AdapterFiles(config, Map.of("model.layers.9.self_attn.q_proj", new AdapterFiles.Pair(32, 64, 2, new float[64], new float[128])));
        try (NDManager manager = Torch.newManager()) {
            TorchProgram program = program(manager, TinyLlama.CONFIG);
            assertTrue(assertThrows(FormatException.class, () -> LoraMatrices.of(manager, program, TinyLlama.CONFIG, wide)).getMessage().contains("maps 48 to 64"));
            assertTrue(assertThrows(FormatException.class, () -> LoraMatrices.of(manager, program, TinyLlama.CONFIG, deep)).getMessage().contains("knows 0 of them"));
        }
    }
}
