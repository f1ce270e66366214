package dev.hone.llm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.hone.llm.bridge.Torch;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.eval.ReferenceLlama;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.Json;
import dev.hone.llm.format.WeightSource;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoundedActivationsTest {
    private static final int[] IDS = TinyLlama.ids(12, 1);
    private static final String DYNAMIC = """
            {"num_bits": 8, "type": "int", "symmetric": true, "strategy": "token", "dynamic": true}""";

    @TempDir
    Path directory;

    /** A tiny model whose config.json says how its modules' inputs are rounded. */
    private Path model(String inputActivations) {
        TinyLlama.write(directory, TinyLlama.CONFIG, 7);
        ObjectNode config = (ObjectNode) Json.read(directory.resolve("config.json"));
        ObjectNode group = config.putObject("quantization_config").put("quant_method", "compressed-tensors").put("format", "int-quantized").putObject("config_groups").putObject("group_0");
        group.putRawValue("input_activations", new RawValue(inputActivations));
        Json.write(directory.resolve("config.json"), config);
        return directory;
    }

    @Test
    void givenTokensByHand_whenRead_thenEachHasItsOwnScaleAndTiesGoToTheEvenCode() {
        try (NDManager manager = Torch.newManager()) {
            TorchProgram program = ModelProgram.load(manager, TinyLlama.CONFIG, ModelProgram.Variant.reading(8));
            // scale 1, then 2, then none because the token is zero, then 1/127 with codes 127, 64 (of 63.5) and 0 (of 0.127)
            NDArray x = manager.create(new float[] {127, -63.5f, 0.5f, 1.5f, -2.5f, -126.6f, 254, -254, 1, 3, 5, 0.9f, 0, 0, 0, 0, -0f, 0, 1, 0.5f, 0, -0.5f, 0.001f, 0}, new Shape(4, 6));
            float[] found = program.infer(manager, "read", x).get(0).toFloatArray();
            float code = 1 / 127f;
            assertArrayEquals(new float[] {127, -64, 0, 2, -2, -127, 254, -254, 0, 4, 4, 0, 0, 0, 0, 0, 0, 0, 127 * code, 64 * code, 0, -64 * code, 0, 0}, found, 0);
            TorchProgram plain = ModelProgram.load(manager, TinyLlama.CONFIG, ModelProgram.Variant.PLAIN);
            assertArrayEquals(x.toFloatArray(), plain.infer(manager, "read", x).get(0).toFloatArray());
        }
    }

    @Test
    void givenADirectoryWithDynamicActivations_whenRun_thenLogitsAreThoseOfTheSlowReferenceThatRounds() {
        TinyLlama.write(directory, TinyLlama.CONFIG, 7);
        try (WeightSource weights = WeightSource.open(directory); LanguageModel plain = LanguageModel.load(directory, Precision.F32)) {
            float[] rounded = flat(new ReferenceLlama(TinyLlama.CONFIG, weights, true, false).logits(IDS));
            float[] exact = plain.logits(new int[][] {IDS});
            assertArrayEquals(flat(new ReferenceLlama(TinyLlama.CONFIG, weights, false, false).logits(IDS)), exact, 2e-5f);
            model(DYNAMIC);
            try (LanguageModel model = LanguageModel.load(directory, Precision.F32)) {
                float[] found = model.logits(new int[][] {IDS});
                assertArrayEquals(rounded, found, 2e-5f);
                assertTrue(rootMeanSquare(found, exact) > 1e-3, "rounding changes something");
            }
        }
    }

    @Test
    void givenARoundedHead_whenRun_thenItReadsRoundedActivationsToo() {
        TinyLlama.write(directory, TinyLlama.CONFIG, 7);
        NDManager manager = Torch.newManager();
        TorchProgram program = ModelProgram.load(manager, TinyLlama.CONFIG, ModelProgram.Variant.reading(8, 8));
        try (WeightSource weights = WeightSource.open(directory);
                LanguageModel model = LanguageModel.over(manager, TinyLlama.CONFIG, Precision.F32, program, ModelWeights.plain(manager, program, TinyLlama.CONFIG, weights, Precision.F32), List.of())) {
            double[][] rounded = new ReferenceLlama(TinyLlama.CONFIG, weights, true, true).logits(IDS);
            float[] found = model.logits(new int[][] {IDS});
            assertArrayEquals(flat(rounded), found, 2e-5f);
            assertTrue(rootMeanSquare(flat(new ReferenceLlama(TinyLlama.CONFIG, weights, true, false).logits(IDS)), found) > 1e-3);
            boolean[] last = new boolean[IDS.length];
            last[IDS.length - 1] = true;
            double loss = Math.log(Arrays.stream(rounded[IDS.length - 2]).map(Math::exp).sum()) - rounded[IDS.length - 2][IDS[IDS.length - 1]];
            assertEquals(loss, model.score(Batch.of(List.of(IDS), List.of(last))).meanLoss(), 2e-5);
        }
    }

    @Test
    void givenRoundedActivations_whenDecodedWithACache_thenEqualToTheWholeRow() {
        try (LanguageModel model = LanguageModel.load(model(DYNAMIC), Precision.F32); KvCache cache = model.newCache(1, 16)) {
            float[] whole = model.logits(new int[][] {IDS});
            model.advance(cache, new int[][] {Arrays.copyOf(IDS, 11)});
            float[] last = model.advance(cache, new int[][] {{IDS[11]}});
            assertArrayEquals(Arrays.copyOfRange(whole, whole.length - last.length, whole.length), last, 2e-5f);
            assertEquals(3, model.greedy(cache, new int[] {1}, 3, Set.of(-1))[0].length);
            assertEquals(2, model.logits(List.of(IDS, TinyLlama.ids(5, 2))).size());
        }
    }

    @Test
    void givenBf16_whenActivationsAreRounded_thenTheyAreCastBack() {
        float[] f32 = logits(Precision.F32);
        float[] bf16 = logits(Precision.BF16);
        assertTrue(rootMeanSquare(f32, bf16) < 0.05, "bf16 keeps 8 bits of logits near 1: " + rootMeanSquare(f32, bf16));
        assertTrue(rootMeanSquare(f32, bf16) > 0);
    }

    private float[] logits(Precision precision) {
        try (LanguageModel model = LanguageModel.load(model(DYNAMIC), precision)) {
            return model.logits(new int[][] {IDS});
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{\"num_bits\": 4, \"type\": \"int\", \"symmetric\": true, \"strategy\": \"token\", \"dynamic\": true}",
        "{\"num_bits\": 8, \"type\": \"float\", \"symmetric\": true, \"strategy\": \"token\", \"dynamic\": true}",
        "{\"num_bits\": 8, \"type\": \"int\", \"symmetric\": false, \"strategy\": \"token\", \"dynamic\": true}",
        "{\"num_bits\": 8, \"type\": \"int\", \"symmetric\": true, \"strategy\": \"tensor\", \"dynamic\": false}"})
    void givenActivationsRoundedInAnotherWay_whenLoaded_thenTheErrorSaysWhatIsRead(String inputs) {
        FormatException e = assertThrows(FormatException.class, () -> LanguageModel.load(model(inputs), Precision.F32));
        assertTrue(e.getMessage().contains("input_activations") && e.getMessage().contains("int8 by token"), e.getMessage());
    }

    private static double rootMeanSquare(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return Math.sqrt(sum / a.length);
    }

    private static float[] flat(double[][] rows) {
        float[] flat = new float[rows.length * rows[0].length];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = (float) rows[i / rows[0].length][i % rows[0].length];
        }
        return flat;
    }
}
