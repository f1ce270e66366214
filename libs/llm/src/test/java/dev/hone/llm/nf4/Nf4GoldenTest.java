package dev.hone.llm.nf4;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hone.llm.format.SafetensorsFile;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Against bitsandbytes, which QLoRA's authors wrote; src/test/golden/make_golden.py made the file. */
class Nf4GoldenTest {
    private static final Path GOLDEN = Path.of(System.getProperty("hone.root"), "libs/llm/src/test/golden/golden.safetensors");

    @Test
    void givenAMatrixStoredByBitsandbytes_whenDequantized_thenTheValuesAreItsOwn() {
        try (SafetensorsFile golden = SafetensorsFile.open(GOLDEN)) {
            Nf4Matrix matrix = new Nf4Matrix(48, 512, bytes(golden, "nf4.codes"), bytes(golden, "nf4.absmax"), golden.floats("nf4.scales"), golden.floats("nf4.offset")[0]);
            assertArrayEquals(golden.floats("nf4.map"), Nf4.absmaxMap(), 1e-7f);
            assertArrayEquals(golden.floats("nf4.dequantized"), matrix.dequantize(), 1e-8f);
        }
    }

    @Test
    void givenTheSameWeights_whenQuantizedTwice_thenCodesMaximaAndScalesAreBitsandbytes() {
        try (SafetensorsFile golden = SafetensorsFile.open(GOLDEN)) {
            Nf4Matrix matrix = Nf4.quantize(golden.floats("nf4.weights"), 48, 512);
            assertArrayEquals(bytes(golden, "nf4.codes"), matrix.codes());
            assertArrayEquals(golden.floats("nf4.scales"), matrix.scales(), 1e-8f);
            assertEquals(golden.floats("nf4.offset")[0], matrix.offset(), 1e-8f);
            byte[] maxima = bytes(golden, "nf4.absmax");
            // bitsandbytes' borders are a few millionths off: block 250 lies 0.043755 of the scale above the mean, the
            // border is 0.043750, and it rounds down where the upper value is nearer
            assertEquals(maxima[250] + 1, matrix.absmax()[250]);
            maxima[250]++;
            assertArrayEquals(maxima, matrix.absmax());
        }
    }

    private static byte[] bytes(SafetensorsFile golden, String name) {
        return golden.segment(name).toArray(ValueLayout.JAVA_BYTE);
    }
}
