package dev.hone.llm.lora;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hone.llm.format.SafetensorsFile;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Against bitsandbytes' int8_vectorwise_quant, of LLM.int8()'s authors; src/test/golden/make_variants.py made the file. */
class Int8GoldenTest {
    private static final Path GOLDEN = Path.of(System.getProperty("hone.root"), "libs/llm/src/test/golden/variants/int8/golden.safetensors");

    @Test
    void givenAMatrix_whenRoundedToInt8_thenCodesAndMaximaAreBitsandbytes() {
        try (SafetensorsFile golden = SafetensorsFile.open(GOLDEN)) {
            Int8.Matrix matrix = Int8.quantize(golden.floats("weights"), 24, 64);
            assertArrayEquals(golden.segment("codes").toArray(ValueLayout.JAVA_BYTE), matrix.codes());
            float[] maxima = golden.floats("maxima");
            for (int row = 0; row < 24; row++) {
                assertEquals(maxima[row], 127 * matrix.scales()[row], 1e-8f);
            }
            assertArrayEquals(golden.floats("weights"), matrix.dequantize(), 0.06f / 127 / 2 * 1.5f);
        }
    }
}
