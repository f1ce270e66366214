package dev.hone.llm.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.ModelConfig;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** llama.cpp's rules, read in llama_tensor_get_type_impl and tensor_type_fallback of src/llama-quant.cpp. */
class FileTypeTest {
    private static ModelConfig llama(int layers, boolean tied) {
        return ModelConfig.llama(512, 256, 512, layers, 4, 2, 64, 1e-5, 1e4, 512, tied, 0.02);
    }

    private static GgufLayout.Place place(ModelConfig config, String name) {
        return new GgufLayout(config).places().stream().filter(p -> p.name().equals(name)).findFirst().orElseThrow();
    }

    @Test
    void given32Layers_whenTheFileIsQ4K_thenTheFirstAndLastEighthAndEveryThirdBetweenHaveMoreBits() {
        ModelConfig config = llama(32, false);
        for (String part : List.of("attn_v", "ffn_down")) {
            TreeSet<Integer> more = new GgufLayout(config).places().stream().filter(p -> p.name().endsWith(part + ".weight") && FileType.Q4_K.wanted(p, config) == GgufType.Q6_K)
                    .map(GgufLayout.Place::layer).collect(Collectors.toCollection(TreeSet::new));
            assertEquals(new TreeSet<>(List.of(0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31)), more, part);
        }
        assertEquals(GgufType.Q4_K, FileType.Q4_K.wanted(place(config, "blk.0.attn_q.weight"), config));
        assertEquals(GgufType.Q4_K, FileType.Q4_K.wanted(place(config, "blk.4.attn_v.weight"), config));
    }

    @ParameterizedTest
    @CsvSource({"F16,F16,F16,F16", "Q8_0,Q8_0,Q8_0,Q8_0", "Q4_0,Q4_0,Q6_K,Q6_K", "Q4_K,Q4_K,Q6_K,Q6_K", "Q6_K,Q6_K,Q6_K,Q6_K"})
    void givenAFileType_whenEmbeddingAndHeadAreChosen_thenTheHeadHasSixBitsAndSoHasATiedEmbedding(FileType type, GgufType embedding, GgufType head, GgufType tied) {
        ModelConfig separate = llama(2, false);
        assertEquals(embedding, type.wanted(place(separate, "token_embd.weight"), separate));
        assertEquals(head, type.wanted(place(separate, "output.weight"), separate));
        assertEquals(tied, type.wanted(place(llama(2, true), "token_embd.weight"), llama(2, true)));
    }

    @Test
    void givenNorms_whenTheFileIsQuantized_thenTheyStayF32() {
        ModelConfig config = llama(2, false);
        assertEquals(GgufType.F32, FileType.Q4_0.wanted(place(config, "blk.0.attn_norm.weight"), config));
        assertEquals(GgufType.F32, FileType.F16.wanted(place(config, "output_norm.weight"), config));
    }

    @ParameterizedTest
    @CsvSource({"Q4_K,256,Q4_K", "Q4_K,640,Q5_0", "Q5_K,96,Q8_0", "Q6_K,640,Q8_0", "Q4_K,48,F16", "Q8_0,48,F16", "Q4_0,64,Q4_0"})
    void givenRowsThatDoNotDivide_whenATypeIsFitted_thenItIsTheNextThatHoldsThem(GgufType wanted, int columns, GgufType expected) {
        assertEquals(expected, FileType.fitting(wanted, columns));
    }

    @Test
    void givenNames_whenRead_thenLlamaCppsMixesAreTheirPlainOnesAndOthersAreRefused() {
        assertEquals(FileType.Q4_K, FileType.of("q4_k"));
        assertEquals(FileType.Q4_K, FileType.of("Q4_K_M"));
        assertEquals(FileType.BF16, FileType.of("bf16"));
        assertTrue(assertThrows(FormatException.class, () -> FileType.of("q3_k")).getMessage().contains("found \"q3_k\""));
        assertThrows(FormatException.class, () -> FileType.of("q8_0_m"));
    }
}
