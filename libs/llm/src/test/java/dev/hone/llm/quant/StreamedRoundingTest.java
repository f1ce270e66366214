package dev.hone.llm.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.format.DType;
import dev.hone.llm.format.FloatCodec;
import dev.hone.llm.format.Json;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.layout.Layout;
import dev.hone.llm.layout.ModelWriter;
import dev.hone.llm.nf4.Nf4;
import dev.hone.llm.rounding.IntegerRounding;
import dev.hone.llm.rounding.QuantizationFailed;
import dev.hone.llm.rounding.QuantizedMatrix;
import dev.hone.llm.rounding.ScaleType;
import dev.hone.llm.rounding.Scheme;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamedRoundingTest {
    private static final String MATRIX = "model.layers.0.mlp.down_proj.weight";
    private static final String EMBEDDING = "model.embed_tokens.weight";
    private static final String NORM = "model.norm.weight";
    /** More rows than two pieces have, and not a whole number of them. */
    private static final int ROWS = 1064;
    private static final int COLUMNS = 256;
    private static final int VOCABULARY = 40;

    @TempDir
    Path dir;

    private Path model;
    private final float[] weights = gaussian(ROWS * COLUMNS, 1);

    @BeforeEach
    void writeModel() throws Exception {
        model = write("model", DType.BF16);
    }

    private Path write(String name, DType type) throws Exception {
        Path directory = Files.createDirectory(dir.resolve(name));
        Json.write(directory.resolve("config.json"), Json.object());
        List<TensorInfo> infos = List.of(TensorInfo.of(MATRIX, type, ROWS, COLUMNS), TensorInfo.of(EMBEDDING, type, VOCABULARY, COLUMNS), TensorInfo.of(NORM, type, COLUMNS));
        try (SafetensorsWriter writer = SafetensorsWriter.create(directory.resolve("model.safetensors"), infos)) {
            writer.write(MATRIX, weights).write(EMBEDDING, gaussian(VOCABULARY * COLUMNS, 2)).write(NORM, gaussian(COLUMNS, 3));
        }
        return directory;
    }

    /** Pieces of rows, and for ranges over the whole matrix its extremes by piece, must make no difference. */
    @ParameterizedTest
    @ValueSource(strings = {"int8", "w8a8-rtn", "w8a8_asymmetric", "int8_asymmetric-g64-mse", "int4-rtn", "int4", "int4_asymmetric-g128-percentile", "int8-tensor", "w8a8_asymmetric-tensor",
            "int4-tensor-mse", "w8a8-tensor-entropy"})
    void givenAnIntegerScheme_whenStreamed_thenTheFileHoldsWhatRoundingTheMatrixGives(String label) {
        Scheme scheme = Scheme.of(label, 32);
        List<LayerReport> layers = stream(model, scheme, dir.resolve("out"));
        QuantizedMatrix expected = IntegerRounding.round(scheme, values(model), ROWS, COLUMNS, null);
        assertArrayEquals(expected.dequantize(), values(dir.resolve("out")));
        assertEquals(List.of(MATRIX), layers.stream().map(LayerReport::name).toList());
        assertEquals(relative(values(model), expected.dequantize()), layers.getFirst().relativeError(), 1e-5 * layers.getFirst().relativeError());
        assertEquals(expected.storedBits() / (double) weights.length, layers.getFirst().bitsPerWeight(), 1e-9);
    }

    @Test
    void givenOtherTypes_whenStreamed_thenValuesAreTheirs() {
        stream(model, Scheme.of("nf4", 32), dir.resolve("nf4"));
        assertArrayEquals(Nf4.roundTrip(values(model), ROWS, COLUMNS), values(dir.resolve("nf4")));
        List<LayerReport> same = stream(model, Scheme.of("bf16", 32), dir.resolve("bf16"));
        assertArrayEquals(values(model), values(dir.resolve("bf16")));
        assertEquals(0, same.getFirst().relativeError());
    }

    @Test
    void givenAModelInF32_whenStreamed_thenTheRestIsRoundedToItsType() throws Exception {
        Path plain = write("plain", DType.F32);
        List<LayerReport> layers = stream(plain, Scheme.of("f16", 32), dir.resolve("out"));
        float[] expected = weights.clone();
        for (int i = 0; i < expected.length; i++) {
            expected[i] = Float.float16ToFloat(Float.floatToFloat16(expected[i]));
        }
        assertArrayEquals(expected, values(dir.resolve("out")));
        assertEquals(relative(weights, expected), layers.getFirst().relativeError(), 1e-12);
    }

    /** Norms are copied; an embedding that is asked for becomes int8 by channel. */
    @Test
    void givenAnEmbeddingToRound_whenStreamed_thenItIsInt8AndTheNormIsCopied() {
        StreamedRounding rounding;
        List<String> heard = new ArrayList<>();
        try (WeightSource source = WeightSource.open(model); ModelWriter writer = open(Scheme.of("int4-rtn", 32), dir.resolve("out"), source, EMBEDDING)) {
            rounding = new StreamedRounding(source, Scheme.of("int4-rtn", 32), ScaleType.BF16, () -> false);
            rounding.run(MATRIX::equals, EMBEDDING::equals, writer, (done, total, name) -> heard.add(done + "/" + total + " " + name));
            writer.finish(model);
            rounding.readBack(dir.resolve("out"));
        }
        assertEquals(Set.of("1/2", "2/2"), Set.of(heard.get(0).substring(0, 3), heard.get(1).substring(0, 3)));
        try (WeightSource before = WeightSource.open(model); WeightSource after = WeightSource.open(dir.resolve("out"))) {
            assertArrayEquals(before.floats(NORM), after.floats(NORM));
            assertArrayEquals(IntegerRounding.round(Scheme.of("int8", 32), before.floats(EMBEDDING), VOCABULARY, COLUMNS, null).dequantize(), after.floats(EMBEDDING));
        }
    }

    /** Values that are made when asked for, as those of a merged adapter, are made once. */
    @Test
    void givenWeightsThatAreMade_whenStreamed_thenEachMatrixIsMadeOnce() {
        int[] made = {0};
        try (WeightSource file = WeightSource.open(model); WeightSource source = new Made(file, made); ModelWriter writer = open(Scheme.of("int8", 32), dir.resolve("out"), source)) {
            new StreamedRounding(source, Scheme.of("int8", 32), ScaleType.BF16, () -> false).run(MATRIX::equals, name -> false, writer, (done, total, name) -> { });
            writer.finish(model);
        }
        assertEquals(1, made[0]);
        assertArrayEquals(IntegerRounding.round(Scheme.of("int8", 32), values(model), ROWS, COLUMNS, null).dequantize(), values(dir.resolve("out")));
    }

    private record Made(WeightSource file, int[] made) implements WeightSource {
        @Override
        public Set<String> names() {
            return file.names();
        }

        @Override
        public TensorInfo info(String name) {
            return file.info(name);
        }

        @Override
        public float[] floats(String name) {
            made[0] += name.equals(MATRIX) ? 1 : 0;
            return file.floats(name);
        }

        @Override
        public void close() {}
    }

    @Test
    void givenOneCodeThatChanged_whenReadBack_thenItIsNoticed() throws Exception {
        Scheme scheme = Scheme.of("w8a8-rtn", 32);
        try (WeightSource source = WeightSource.open(model); ModelWriter writer = open(scheme, dir.resolve("out"), source)) {
            StreamedRounding rounding = new StreamedRounding(source, scheme, ScaleType.F32, () -> false);
            rounding.run(MATRIX::equals, name -> false, writer, (done, total, name) -> { });
            writer.finish(model);
            rounding.readBack(dir.resolve("out"));
            try (RandomAccessFile file = new RandomAccessFile(dir.resolve("out/model.safetensors").toFile(), "rw")) {
                // codes are the narrowest type and lie last
                file.seek(file.length() - 1000);
                int code = file.read();
                file.seek(file.length() - 1000);
                file.write(code + 1);
            }
            assertEquals("read_back", assertThrows(QuantizationFailed.class, () -> rounding.readBack(dir.resolve("out"))).code());
        }
    }

    @Test
    void givenAStop_whenStreamed_thenItEndsAndLeavesNoFile() {
        try (WeightSource source = WeightSource.open(model); ModelWriter writer = open(Scheme.of("int8", 32), dir.resolve("out"), source)) {
            StreamedRounding rounding = new StreamedRounding(source, Scheme.of("int8", 32), ScaleType.BF16, () -> true);
            assertThrows(QuantizationInterrupted.class, () -> rounding.run(MATRIX::equals, name -> false, writer, (done, total, name) -> { }));
        }
        assertTrue(Files.notExists(dir.resolve("out/model.safetensors")));
    }

    private static List<LayerReport> stream(Path from, Scheme scheme, Path to) {
        try (WeightSource source = WeightSource.open(from); ModelWriter writer = open(scheme, to, source)) {
            StreamedRounding rounding = new StreamedRounding(source, scheme, ModelWriter.scales(scheme, Layout.COMPRESSED_TENSORS), () -> false);
            List<LayerReport> layers = rounding.run(MATRIX::equals, name -> false, writer, (done, total, name) -> { });
            writer.finish(from);
            rounding.readBack(to);
            return layers;
        }
    }

    private static ModelWriter open(Scheme scheme, Path to, WeightSource source, String... int8) {
        return ModelWriter.open(to, scheme, Layout.COMPRESSED_TENSORS, MATRIX::equals, Set.of(int8)::contains, source);
    }

    private static float[] values(Path directory) {
        try (WeightSource source = WeightSource.open(directory)) {
            return source.floats(MATRIX);
        }
    }

    private static double relative(float[] w, float[] q) {
        double lost = 0;
        double norm = 0;
        for (int i = 0; i < w.length; i++) {
            lost += Math.pow(w[i] - q[i], 2);
            norm += Math.pow(w[i], 2);
        }
        return lost / norm;
    }

    private static float[] gaussian(int n, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = FloatCodec.roundToBf16((float) (0.02 * random.nextGaussian()));
        }
        return values;
    }
}
