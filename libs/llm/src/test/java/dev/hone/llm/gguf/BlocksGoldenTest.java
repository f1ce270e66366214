package dev.hone.llm.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.llm.format.Json;
import dev.hone.llm.format.SafetensorsFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Against ggml, llama.cpp's library; src/test/golden/make_gguf.py made the files, gguf.json names the version. */
class BlocksGoldenTest {
    private static final Path GOLDEN = Path.of(System.getProperty("hone.root"), "libs/llm/src/test/golden");
    private static final int COLUMNS_OF_NANO = 256;

    @ParameterizedTest
    @EnumSource(value = GgufType.class, names = {"Q8_0", "Q4_0", "Q5_0", "Q4_K", "Q5_K", "Q6_K"})
    void givenBlocksOfRandomBytes_whenRead_thenEveryValueIsGgmls(GgufType type) {
        try (SafetensorsFile golden = SafetensorsFile.open(GOLDEN.resolve("gguf.safetensors"))) {
            float[] expected = golden.floats(type + ".values");
            float[] found = new float[expected.length];
            TensorCodec.decode(type, golden.segment(type + ".bytes"), found, 0, 2, expected.length / 2);
            assertArrayEquals(expected, found);
        }
    }

    @ParameterizedTest
    @EnumSource(value = GgufType.class, names = {"Q8_0", "Q4_0", "Q5_0", "Q4_K", "Q5_K", "Q6_K"})
    void givenTensorsOfManyKinds_whenRounded_thenNoneLosesMoreThanWithGgml(GgufType type) {
        JsonNode errors = Json.read(GOLDEN.resolve("gguf.json")).path("errors");
        assertEquals(10, errors.size());
        try (SafetensorsFile golden = SafetensorsFile.open(GOLDEN.resolve("gguf.safetensors"))) {
            errors.properties().forEach(tensor -> {
                float[] weights = golden.floats(tensor.getKey() + ".weights");
                float[] importance = golden.floats(tensor.getKey() + ".importance");
                JsonNode theirs = tensor.getValue().path(type.name());
                float[] same = TensorCodec.weights(null, importance.length);
                requireNoMore(theirs.path("plain").asDouble(), error(weights, rounded(type, weights, null, importance.length), same), tensor.getKey() + " " + type);
                requireNoMore(theirs.path("importance").asDouble(), error(weights, rounded(type, weights, importance, importance.length), importance), tensor.getKey() + " " + type + " by importance");
            });
        }
    }

    private static void requireNoMore(double theirs, double ours, String what) {
        assertTrue(ours <= theirs * (1 + 1e-6), what + ": ggml loses " + theirs + ", Hone " + ours);
    }

    private static float[] rounded(GgufType type, float[] weights, float[] importance, int columns) {
        byte[] bytes = new byte[(int) type.bytes(weights.length)];
        int rows = weights.length / columns;
        TensorCodec.encode(type, weights, 0, rows, columns, TensorCodec.weights(importance, columns), MemorySegment.ofArray(bytes));
        float[] back = new float[weights.length];
        TensorCodec.decode(type, MemorySegment.ofArray(bytes), back, 0, rows, columns);
        return back;
    }

    /** Σ h·(w − w')² / Σ h·w². */
    private static double error(float[] weights, float[] back, float[] h) {
        double lost = 0;
        double whole = 0;
        for (int i = 0; i < weights.length; i++) {
            double difference = (double) weights[i] - back[i];
            lost += h[i % h.length] * difference * difference;
            whole += h[i % h.length] * (double) weights[i] * weights[i];
        }
        return lost / whole;
    }

    @ParameterizedTest
    @EnumSource(value = GgufType.class, names = {"Q8_0", "Q4_0", "Q5_0", "Q4_K", "Q5_K", "Q6_K"})
    void givenBlocksThatWereReadFromAFile_whenRoundedAgain_thenNextToNothingIsLost(GgufType type) {
        try (SafetensorsFile golden = SafetensorsFile.open(GOLDEN.resolve("gguf.safetensors"))) {
            float[] weights = rounded(type, golden.floats("hone_nano_q.weights"), null, COLUMNS_OF_NANO);
            double again = error(weights, rounded(type, weights, null, COLUMNS_OF_NANO), TensorCodec.weights(null, COLUMNS_OF_NANO));
            // the two levels of K-blocks' scales can be told apart in more than one way, and f16 rounds each
            assertTrue(again <= (List.of(GgufType.Q4_K, GgufType.Q5_K, GgufType.Q6_K).contains(type) ? 1e-4 : 1e-12), type + ": " + again);
        }
    }

    @ParameterizedTest
    @EnumSource(GgufType.class)
    void givenNothingButZeros_whenRounded_thenTheyStay(GgufType type) {
        assertArrayEquals(new float[512], rounded(type, new float[512], null, 256));
    }

    /** By ggml's block_q8_0, block_q4_0 and block_q5_0: an f16 scale, and codes i and i + 16 in one byte. */
    @ParameterizedTest
    @EnumSource(value = GgufType.class, names = {"Q8_0", "Q4_0", "Q5_0"})
    void givenValuesThatCodesHoldExactly_whenRounded_thenEachLiesInItsByte(GgufType type) {
        int lowest = type == GgufType.Q8_0 ? -127 : type == GgufType.Q4_0 ? -8 : -16;
        float[] values = new float[32];
        for (int i = 0; i < 32; i++) {
            values[i] = 0.5f * (i == 3 ? lowest : type == GgufType.Q4_0 ? i % 15 - 7 : i - 16 == lowest ? 0 : i - 16);
        }
        MemorySegment bytes = MemorySegment.ofArray(new byte[(int) type.bytes(32)]);
        TensorCodec.encode(type, values, 0, 1, 32, TensorCodec.weights(null, 32), bytes);
        assertEquals(0.5f, Blocks.half(bytes, 0));
        for (int i = 0; i < 32; i++) {
            assertEquals(values[i] / 0.5f, code(type, bytes, i), type + " " + i);
        }
    }

    private static int code(GgufType type, MemorySegment bytes, int i) {
        if (type == GgufType.Q8_0) {
            return bytes.get(ValueLayout.JAVA_BYTE, 2 + i);
        }
        int low = Blocks.unsigned(bytes, (type == GgufType.Q4_0 ? 2 : 6) + i % 16) >> i / 16 * 4 & 15;
        int fifth = type == GgufType.Q4_0 ? 0 : bytes.get(Blocks.WORD, 2) >>> i & 1;
        return (low | fifth << 4) - (type == GgufType.Q4_0 ? 8 : 16);
    }
}
