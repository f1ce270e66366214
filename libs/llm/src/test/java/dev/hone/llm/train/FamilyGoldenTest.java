package dev.hone.llm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.lora.AdaptedModel;
import dev.hone.llm.model.KvCache;
import dev.hone.llm.model.LanguageModel;
import dev.hone.llm.model.Precision;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every family against Transformers, f32; src/test/golden/make_families.py wrote the files, families/versions.json names the versions. */
class FamilyGoldenTest {
    private static final float TOLERANCE = 1e-4f;

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama3", "llama_linear", "llama_bias", "llama_tied", "mistral", "qwen2", "qwen2_sliding", "qwen3", "smollm3", "smollm3_listed",
        "phi3", "phi3_partial", "gemma2", "gemma3", "llama_sharded_bf16", "qwen2_f16"})
    void givenAFamilysDirectory_whenPromptsRunAlone_thenTheirLogitsAreTransformers(String family) {
        try (Golden golden = Golden.family(family); LanguageModel model = LanguageModel.load(golden.base(), Precision.F32)) {
            List<int[]> prompts = golden.prompts();
            for (int n = 0; n < 3; n++) {
                assertArrayEquals(golden.floats("logits." + n), model.logits(List.of(prompts.get(n))).getFirst(), TOLERANCE, family + " prompt " + n);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama3", "llama_linear", "llama_bias", "llama_tied", "mistral", "qwen2", "qwen2_sliding", "qwen3", "smollm3", "smollm3_listed",
        "phi3", "phi3_partial", "gemma2", "gemma3"})
    void givenPromptsOfDifferentLengths_whenTheyRunAsOneBatch_thenTheirLogitsAreThoseOfTransformersPaddedBatches(String family) {
        try (Golden golden = Golden.family(family); LanguageModel model = LanguageModel.load(golden.base(), Precision.F32)) {
            List<float[]> logits = model.logits(golden.prompts());
            for (int n = 0; n < 3; n++) {
                assertArrayEquals(golden.floats("padded.right." + n), logits.get(n), TOLERANCE, family + " prompt " + n + " padded on the right");
                assertArrayEquals(golden.floats("padded.left." + n), logits.get(n), TOLERANCE, family + " prompt " + n + " padded on the left");
            }
            assertEquals(golden.number("loss"), model.score(golden.batch()).meanLoss(), 1e-5, family);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama3", "llama_linear", "llama_bias", "llama_tied", "mistral", "qwen2", "qwen2_sliding", "qwen3", "smollm3", "smollm3_listed",
        "phi3", "phi3_partial", "gemma2", "gemma3"})
    void givenBf16_whenPromptsRun_thenTheirLogitsLoseNoMoreThanTransformersDo(String family) {
        try (Golden golden = Golden.family(family); LanguageModel model = LanguageModel.load(golden.base(), Precision.BF16)) {
            List<float[]> logits = model.logits(golden.prompts());
            double squares = 0;
            int count = 0;
            for (int n = 0; n < 3; n++) {
                float[] exact = golden.floats("logits." + n);
                for (int i = 0; i < exact.length; i++) {
                    squares += Math.pow((double) logits.get(n)[i] - exact[i], 2);
                }
                count += exact.length;
            }
            double error = Math.sqrt(squares / count);
            assertTrue(error < 1.25 * golden.number("bf16_error"), family + " is off by " + error + " on average, Transformers by " + golden.number("bf16_error"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama3", "mistral", "qwen2_sliding", "qwen3", "smollm3", "phi3_partial", "gemma2", "gemma3"})
    void givenACache_whenAPromptIsReadInPieces_thenEveryPiecesLastLogitsAreTransformers(String family) {
        try (Golden golden = Golden.family(family); LanguageModel model = LanguageModel.load(golden.base(), Precision.F32)) {
            int[] prompt = golden.prompts().getFirst();
            float[] logits = golden.floats("logits.0");
            int vocabulary = model.config().vocabSize();
            // the prefill, a piece longer than one token, then token after token: past every sliding window of 8
            List<Integer> ends = List.of(10, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24);
            try (KvCache cache = model.newCache(1, prompt.length)) {
                int read = 0;
                for (int end : ends) {
                    float[] last = model.advance(cache, new int[][] {Arrays.copyOfRange(prompt, read, end)});
                    assertArrayEquals(Arrays.copyOfRange(logits, (end - 1) * vocabulary, end * vocabulary), last, TOLERANCE, family + " after token " + end);
                    read = end;
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama3", "llama_linear", "llama_bias", "llama_tied", "mistral", "qwen2", "qwen2_sliding", "qwen3", "smollm3", "smollm3_listed",
        "phi3", "phi3_partial", "gemma2", "gemma3"})
    void givenAnAdapterByPeft_whenLoadedOnItsBase_thenLogitsArePefts(String family) {
        try (Golden golden = Golden.family(family)) {
            assertAdaptedLogits(golden);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rslora", "dora", "dora_bias", "patterns", "modules_to_save", "modules_to_save_head", "modules_to_save_tied", "targets_regex", "targets_list"})
    void givenAVariantsAdapterByPeft_whenLoadedOnItsBase_thenLogitsArePefts(String variant) {
        try (Golden golden = Golden.variant(variant)) {
            assertAdaptedLogits(golden);
        }
    }

    private static void assertAdaptedLogits(Golden golden) {
        try (LanguageModel model = AdaptedModel.load(golden.base(), golden.adapter(), Precision.F32)) {
            int[] prompt = golden.prompts().getFirst();
            assertArrayEquals(golden.floats("lora_logits.0"), model.logits(List.of(prompt)).getFirst(), TOLERANCE, golden.folder().getFileName().toString());
        }
    }
}
