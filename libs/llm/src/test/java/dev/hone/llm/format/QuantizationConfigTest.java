package dev.hone.llm.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.format.QuantizationConfig.Method;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantizationConfigTest {
    @TempDir
    Path dir;

    @Test
    void givenNoConfigOrNoQuantization_whenRead_thenNothingIsRounded() throws IOException {
        QuantizationConfig none = new QuantizationConfig(Method.NONE, 0, QuantizationConfig.CHANNEL, true, 0, List.of(), "");
        assertEquals(none, QuantizationConfig.of(dir));
        Files.writeString(dir.resolve("config.json"), "{\"quantization_config\": null}");
        assertEquals(none, QuantizationConfig.of(dir));
    }

    /** The example of compressed-tensors' documentation for W8A8, with an embedding's group before it. */
    @Test
    void givenActivationsByToken_whenRead_thenModulesThatAreIgnoredHaveNone() throws IOException {
        QuantizationConfig config = read("""
                {"quant_method": "compressed-tensors", "format": "int-quantized", "ignore": ["lm_head", "re:.*\\\\.mlp\\\\."], "config_groups": {
                    "group_0": {"targets": ["re:.*embed_tokens$"], "weights": {"num_bits": 4, "strategy": "group", "group_size": 32}},
                    "group_1": {"targets": ["Linear"], "weights": {"num_bits": 8, "type": "int", "symmetric": true, "strategy": "channel", "dynamic": false},
                        "input_activations": {"num_bits": 8, "type": "int", "symmetric": true, "strategy": "token", "dynamic": true}}}}""");
        assertEquals(List.of(Method.COMPRESSED_TENSORS, 8, QuantizationConfig.CHANNEL, 8), List.of(config.method(), config.bits(), config.group(), config.activationBits()));
        assertEquals(8, config.activationBits("model.layers.0.self_attn.q_proj"));
        assertEquals(0, config.activationBits("lm_head"));
        assertEquals(0, config.activationBits("model.layers.0.mlp.down_proj"));
        assertTrue(config.ignores("lm_head"));
        assertFalse(config.ignores("lm_head2"));
    }

    @Test
    void givenGptq_whenRead_thenMinusOneIsAChannelAndTheFirstFormIsTheDefault() throws IOException {
        assertEquals(new QuantizationConfig(Method.GPTQ, 4, QuantizationConfig.CHANNEL, false, 0, List.of(), "gptq"),
                read("{\"quant_method\": \"gptq\", \"bits\": 4, \"group_size\": -1, \"sym\": false, \"desc_act\": true}"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', textBlock = """
            {"quant_method": "awq"}                                                          ; quant_method 'awq'
            {"quant_method": "gptq", "bits": 3}                                              ; bits 3
            {"quant_method": "gptq", "bits": 4, "checkpoint_format": "marlin"}               ; 'marlin'
            {"quant_method": "bitsandbytes", "load_in_8bit": true}                           ; load_in_4bit
            {"quant_method": "compressed-tensors", "format": "nvfp4-pack-quantized"}         ; 'nvfp4-pack-quantized'
            {"quant_method": "compressed-tensors", "format": "naive-quantized"}              ; Expected config_groups
            {"quant_method": "compressed-tensors", "format": "int-quantized", "config_groups": {"g": {"weights": {"type": "float"}}}} ; 'float'
            {"quant_method": "compressed-tensors", "format": "int-quantized", "config_groups": {"g": {"weights": {}, "input_activations": {"dynamic": false}}}} ; input_activations
            {"quant_method": "compressed-tensors", "format": "int-quantized", "config_groups": {"g": {"weights": {}, "input_activations": {"dynamic": true, "strategy": "tensor"}}}} ; "tensor"
            """)
    void givenWhatHoneDoesNotRead_whenRead_thenTheErrorNamesIt(String json, String part) {
        String message = assertThrows(FormatException.class, () -> read(json)).getMessage();
        assertTrue(message.contains(part), message);
    }

    private QuantizationConfig read(String quantization) throws IOException {
        Files.writeString(dir.resolve("config.json"), "{\"quantization_config\": " + quantization + "}");
        return QuantizationConfig.of(dir);
    }
}
