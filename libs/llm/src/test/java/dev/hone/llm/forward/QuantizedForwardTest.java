package dev.hone.llm.forward;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.layout.Layout;
import dev.hone.llm.layout.ModelWriter;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.model.LanguageModel;
import dev.hone.llm.model.Precision;
import dev.hone.llm.rounding.IntegerRounding;
import dev.hone.llm.rounding.Scheme;
import dev.hone.llm.train.Golden;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Quantized directories of every layout, against what the program in model computes of the same files in f32. */
class QuantizedForwardTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({
        // the head is in bf16, and keys and values are: integers cost nothing more
        "int8, COMPRESSED_TENSORS, STORED, 0.004", "int8_asymmetric, COMPRESSED_TENSORS, STORED, 0.004", "int8-tensor, COMPRESSED_TENSORS, STORED, 0.004",
        // in bf16, or the head in int8
        "int8-g16, COMPRESSED_TENSORS, STORED, 0.01", "int8, GPTQ, INT8, 0.01", "nf4, COMPRESSED_TENSORS, STORED, 0.01",
        // four bits meet activations of eight bits in groups
        "int4-g16, COMPRESSED_TENSORS, STORED, 0.015", "int4_asymmetric-g16, COMPRESSED_TENSORS, STORED, 0.015", "int4-channel, COMPRESSED_TENSORS, STORED, 0.015",
        "int4-g16, GPTQ, STORED, 0.015", "int4_asymmetric-g16, GPTQ, INT4, 0.015",
        // an activation between two codes falls to either side
        "w8a8, COMPRESSED_TENSORS, STORED, 0.03", "w4a8-g16, COMPRESSED_TENSORS, STORED, 0.03", "w8a8, COMPRESSED_TENSORS, BF16, 0.03"})
    void givenAQuantizedDirectory_whenRun_thenItsLogitsAreThoseOfTheProgram(String label, Layout layout, PackedAs as, double tolerance) {
        Scheme scheme = Scheme.of(label, 16);
        try (Golden golden = Golden.family("llama_bias")) {
            Path out = write(golden.base(), scheme, layout);
            int[] prompt = golden.prompts().getFirst();
            try (LanguageModel reference = LanguageModel.load(out, Precision.F32); ForwardModel model = ForwardModels.load(out, as)) {
                float[] exact = reference.logits(List.of(prompt)).getFirst();
                double spread = Errors.rootMeanSquare(exact, new float[exact.length]);
                double error = Errors.rootMeanSquare(exact, Sequences.logits(model, prompt, Optional.empty()));
                assertTrue(error < tolerance * spread, label + " is off by " + error + " of " + spread);
            }
        }
    }

    private Path write(Path base, Scheme scheme, Layout layout) {
        Path out = directory.resolve("quantized");
        try (WeightSource source = WeightSource.open(base); ModelWriter writer = ModelWriter.open(out, scheme, layout, QuantizedForwardTest::isLinear, name -> false, source)) {
            for (String name : source.names()) {
                if (!isLinear(name)) {
                    writer.copy(name, source);
                } else if (scheme.type() == Scheme.Type.NF4) {
                    writer.write(name, source.floats(name));
                } else {
                    int rows = (int) source.info(name).dimensions()[0];
                    writer.write(name, IntegerRounding.round(scheme, ModelWriter.scales(scheme, layout), source.floats(name), rows, source.floats(name).length / rows, null));
                }
            }
            writer.finish(base);
        }
        return out;
    }

    private static boolean isLinear(String name) {
        return Arrays.asList(name.split("\\.")).contains("layers") && name.endsWith("_proj.weight");
    }
}
