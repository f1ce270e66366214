package dev.hone.llm.layout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.llm.format.DType;
import dev.hone.llm.format.Json;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.model.LanguageModel;
import dev.hone.llm.model.Precision;
import dev.hone.llm.rounding.IntegerRounding;
import dev.hone.llm.rounding.QuantizedMatrix;
import dev.hone.llm.rounding.ScaleType;
import dev.hone.llm.rounding.Scheme;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A model in each layout computes what a plain directory of its dequantized values computes. With the system property
 * hone.layouts.out the directories stay in that folder with their logits, and
 * src/test/golden/check_quantized.py there compares what other tools compute from them.
 */
class LayoutsForOthersTest {
    private static final Path ROOT = Path.of(System.getProperty("hone.root"));
    private static final String EMBEDDING = "model.embed_tokens.weight";
    private static final String HEAD = "lm_head.weight";

    @TempDir
    private Path temporary;

    @ParameterizedTest
    @CsvSource({
        "llama, int8, COMPRESSED_TENSORS, ''", "llama, int4_asymmetric-g16, COMPRESSED_TENSORS, ''", "llama, w8a8, COMPRESSED_TENSORS, ''", "llama, w4a8-g16, COMPRESSED_TENSORS, ''",
        "phi3, int4-g16, COMPRESSED_TENSORS, ''", "qwen2, int8_asymmetric, COMPRESSED_TENSORS, ''", "llama, int4-g16, COMPRESSED_TENSORS, head", "llama, int8, COMPRESSED_TENSORS, embedding head",
        "llama, w8a8, COMPRESSED_TENSORS, embedding", "llama_tied, int4-g16, COMPRESSED_TENSORS, embedding", "llama, int4-g16, GPTQ, ''", "phi3, int8, GPTQ, ''", "llama, int8_asymmetric-g16, GPTQ, head", "llama, nf4, COMPRESSED_TENSORS, ''",
        "phi3, nf4, COMPRESSED_TENSORS, head"})
    void givenAFamily_whenWrittenInALayout_thenItComputesWhatItsValuesCompute(String family, String label, Layout layout, String others) throws IOException {
        check(family, ROOT.resolve("libs/llm/src/test/golden/families").resolve(family), 96, label, layout, others);
    }

    @ParameterizedTest
    @CsvSource({
        "int8, COMPRESSED_TENSORS, ''", "int8_asymmetric, COMPRESSED_TENSORS, ''", "int8-tensor, COMPRESSED_TENSORS, ''", "int4-g128, COMPRESSED_TENSORS, ''",
        "int4_asymmetric-g32, COMPRESSED_TENSORS, ''", "int4-channel, COMPRESSED_TENSORS, ''", "w8a8, COMPRESSED_TENSORS, ''", "w8a8-tensor, COMPRESSED_TENSORS, ''", "w4a8-g32, COMPRESSED_TENSORS, ''",
        "int4-g128, GPTQ, ''", "int4_asymmetric-g64, GPTQ, ''", "int8, GPTQ, ''", "nf4, COMPRESSED_TENSORS, ''", "bf16, COMPRESSED_TENSORS, ''", "f16, COMPRESSED_TENSORS, ''"})
    void givenHoneNano_whenWrittenInALayout_thenItComputesWhatItsValuesCompute(String label, Layout layout, String others) throws IOException {
        check("hone-nano", ROOT.resolve("models/hone-nano"), 4096, label, layout, others);
    }

    private void check(String model, Path base, int vocabulary, String label, Layout layout, String others) throws IOException {
        String out = System.getProperty("hone.layouts.out");
        Path folder = (out == null ? temporary : Path.of(out)).resolve(String.join("-", model, layout == Layout.GPTQ ? "gptq" : "ct", label, others.replace(' ', '-')));
        Path plain = Files.createDirectories(temporary.resolve("plain"));
        Scheme scheme = Scheme.of(label, 32);
        write(base, Files.createDirectories(folder.resolve("model")), scheme, layout, Set.of(others.split(" ")));
        writePlain(folder.resolve("model"), plain);
        List<int[]> rows = List.of(ids(17, vocabulary), ids(9, vocabulary));
        List<float[]> before = logits(base, rows);
        List<float[]> after = logits(folder.resolve("model"), rows);
        if (scheme.activationBits() == 0) {
            List<float[]> expected = logits(plain, rows);
            assertArrayEquals(expected.get(0), after.get(0));
            assertArrayEquals(expected.get(1), after.get(1));
        }
        assertTrue(relative(before.get(0), after.get(0)) < 0.5, label + " differs by " + relative(before.get(0), after.get(0)));
        Json.write(folder.resolve("logits.json"), json(rows, after));
    }

    private static void write(Path base, Path out, Scheme scheme, Layout layout, Set<String> others) {
        boolean embedding = others.contains("embedding");
        try (WeightSource source = WeightSource.open(base);
                ModelWriter writer = ModelWriter.open(out, scheme, layout, name -> name.endsWith("_proj.weight") || others.contains("head") && name.equals(HEAD),
                        name -> embedding && name.equals(EMBEDDING), source)) {
            for (String name : source.names()) {
                boolean rounded = name.endsWith("_proj.weight") || others.contains("head") && name.equals(HEAD);
                if (embedding && name.equals(EMBEDDING)) {
                    writer.write(name, round(Scheme.of("int8", 32), ScaleType.BF16, source, name));
                } else if (rounded && scheme.type().integer()) {
                    writer.write(name, round(scheme, ModelWriter.scales(scheme, layout), source, name));
                } else if (rounded) {
                    writer.write(name, source.floats(name));
                } else {
                    writer.copy(name, source);
                }
            }
            writer.finish(base);
        }
    }

    private static QuantizedMatrix round(Scheme scheme, ScaleType scales, WeightSource source, String name) {
        List<Long> shape = source.info(name).shape();
        return IntegerRounding.round(scheme, scales, source.floats(name), shape.get(0).intValue(), shape.get(1).intValue(), null);
    }

    /** The same model without any quantization. */
    private static void writePlain(Path quantized, Path out) {
        try (WeightSource source = WeightSource.open(quantized)) {
            List<TensorInfo> infos = source.names().stream().map(source::info).map(info -> info.withDtype(DType.F32)).toList();
            try (SafetensorsWriter writer = SafetensorsWriter.create(out.resolve("model.safetensors"), infos)) {
                source.names().forEach(name -> writer.write(name, source.floats(name)));
            }
        }
        ObjectNode config = (ObjectNode) Json.read(quantized.resolve("config.json"));
        config.remove("quantization_config");
        Json.write(out.resolve("config.json"), config);
    }

    private static List<float[]> logits(Path directory, List<int[]> rows) {
        try (LanguageModel model = LanguageModel.load(directory, Precision.F32)) {
            return model.logits(rows);
        }
    }

    private static int[] ids(int count, int vocabulary) {
        int[] ids = new int[count];
        for (int i = 0; i < count; i++) {
            ids[i] = (7 + 31 * i * i) % vocabulary;
        }
        return ids;
    }

    private static double relative(float[] expected, float[] actual) {
        double difference = 0;
        double whole = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow(expected[i] - actual[i], 2);
            whole += Math.pow(expected[i], 2);
        }
        return Math.sqrt(difference / whole);
    }

    private static ObjectNode json(List<int[]> rows, List<float[]> logits) {
        ObjectNode json = Json.object();
        ArrayNode tokens = json.putArray("rows");
        ArrayNode values = json.putArray("logits");
        for (int n = 0; n < rows.size(); n++) {
            ArrayNode row = tokens.addArray();
            for (int token : rows.get(n)) {
                row.add(token);
            }
            ArrayNode numbers = values.addArray();
            for (float value : logits.get(n)) {
                numbers.add(value);
            }
        }
        return json;
    }
}
