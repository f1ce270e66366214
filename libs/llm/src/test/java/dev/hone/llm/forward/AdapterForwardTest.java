package dev.hone.llm.forward;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.train.Golden;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters that PEFT trained, beside their base and merged, against PEFT's f32 logits. */
class AdapterForwardTest {
    /** As many hundredths of the logits' own spread as bf16 weights, keys and values cost. */
    private static final double TOLERANCE = 0.02;

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama3", "llama_linear", "llama_bias", "llama_tied", "mistral", "qwen2", "qwen2_sliding", "qwen3", "smollm3", "smollm3_listed",
        "phi3", "phi3_partial", "gemma2", "gemma3"})
    void givenAnAdapterByPeft_whenComputedBesideItsBase_thenLogitsArePefts(String family) {
        try (Golden golden = Golden.family(family)) {
            assertBeside(golden);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rslora", "patterns", "targets_regex", "targets_list"})
    void givenAVariantByPeft_whenComputedBesideItsBase_thenLogitsArePefts(String variant) {
        try (Golden golden = Golden.variant(variant)) {
            assertBeside(golden);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rslora", "dora", "dora_bias", "patterns", "modules_to_save", "modules_to_save_head", "modules_to_save_tied", "targets_regex", "targets_list"})
    void givenAVariantByPeft_whenMerged_thenLogitsArePefts(String variant) {
        try (Golden golden = Golden.variant(variant); ForwardModel model = ForwardModels.loadMerged(golden.base(), golden.adapter(), PackedAs.STORED)) {
            assertClose(golden, Sequences.logits(model, golden.prompts().getFirst(), Optional.empty()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dora", "dora_bias", "modules_to_save", "modules_to_save_head", "modules_to_save_tied"})
    void givenAnAdapterThatChangesMoreThanItAdds_whenLoadedBesideABase_thenItIsRefused(String variant) {
        try (Golden golden = Golden.variant(variant); ForwardModel model = ForwardModels.load(golden.base(), PackedAs.STORED)) {
            String message = assertThrows(FormatException.class, () -> model.adapter(golden.adapter())).getMessage();
            assertTrue(message.endsWith("Serve it merged with its base."), message);
        }
    }

    @Test
    void givenAnAdapterOfAnotherModel_whenLoaded_thenTheModuleIsNamed() {
        try (Golden golden = Golden.family("llama"); Golden other = Golden.family("phi3"); ForwardModel model = ForwardModels.load(golden.base(), PackedAs.STORED)) {
            String message = assertThrows(FormatException.class, () -> model.adapter(other.adapter())).getMessage();
            assertTrue(message.contains("trained on another model"), message);
        }
    }

    /** A of [4, 32] and B of [out, 4] a module in bf16, at most: the tiny Llama's adapter has all modules. */
    @Test
    void givenAnAdapter_whenLoaded_thenItsBytesAreThoseOfItsMatricesInBf16() {
        try (Golden golden = Golden.family("llama"); ForwardModel model = ForwardModels.load(golden.base(), PackedAs.STORED); Adapter adapter = model.adapter(golden.adapter())) {
            long parameters = AdapterFiles.load(golden.adapter()).pairs().values().stream().mapToLong(p -> p.a().length + p.b().length).sum();
            assertTrue(adapter.bytes() >= 2 * parameters && adapter.bytes() < 3 * parameters, adapter.bytes() + " bytes of " + parameters + " parameters");
        }
    }

    private static void assertBeside(Golden golden) {
        try (ForwardModel model = ForwardModels.load(golden.base(), PackedAs.STORED); Adapter adapter = model.adapter(golden.adapter())) {
            assertClose(golden, Sequences.logits(model, golden.prompts().getFirst(), Optional.of(adapter)));
        }
    }

    private static void assertClose(Golden golden, float[] found) {
        float[] exact = golden.floats("lora_logits.0");
        double spread = Errors.rootMeanSquare(exact, new float[exact.length]);
        double error = Errors.rootMeanSquare(exact, found);
        assertTrue(error < TOLERANCE * spread, golden.folder().getFileName() + " is off by " + error + " of " + spread);
    }
}
