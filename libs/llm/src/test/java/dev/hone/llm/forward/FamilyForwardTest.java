package dev.hone.llm.forward;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.model.LanguageModel;
import dev.hone.llm.model.Precision;
import dev.hone.llm.train.Golden;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every family against Transformers' f32 logits; src/test/golden/make_families.py wrote the files. */
class FamilyForwardTest {
    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama3", "llama_linear", "llama_bias", "llama_tied", "mistral", "qwen2", "qwen2_sliding", "qwen3", "smollm3", "smollm3_listed",
        "phi3", "phi3_partial", "gemma2", "gemma3", "llama_sharded_bf16", "qwen2_f16"})
    void givenAFamilysDirectory_whenPromptsRun_thenTheirLogitsMissTransformersByLessThanBf16Does(String family) {
        try (Golden golden = Golden.family(family); ForwardModel model = ForwardModels.load(golden.base(), PackedAs.STORED);
                LanguageModel bf16 = LanguageModel.load(golden.base(), Precision.BF16)) {
            List<int[]> prompts = golden.prompts();
            for (int n = 0; n < 3; n++) {
                float[] exact = golden.floats("logits." + n);
                double error = Errors.rootMeanSquare(exact, Sequences.logits(model, prompts.get(n), Optional.empty()));
                double ofBf16 = Errors.rootMeanSquare(exact, bf16.logits(List.of(prompts.get(n))).getFirst());
                assertTrue(error < ofBf16, family + " prompt " + n + " is off by " + error + ", bf16 throughout by " + ofBf16);
            }
        }
    }
}
