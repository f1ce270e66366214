package dev.hone.llm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.llm.bridge.Torch;
import dev.hone.llm.lora.LoraBase;
import dev.hone.llm.lora.LoraBase.Rounding;
import dev.hone.llm.lora.LoraBase.Unpacking;
import dev.hone.llm.model.Batch;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Training against PEFT and bitsandbytes, f32: the loss, every named gradient, and ten steps of AdamW. make_families.py and
 * make_variants.py in src/test/golden wrote the files; versions.json beside them names the versions.
 */
class AdapterGoldenTest {
    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama3", "llama_linear", "llama_bias", "llama_tied", "mistral", "qwen2", "qwen2_sliding", "qwen3", "smollm3", "smollm3_listed",
        "phi3", "phi3_partial", "gemma2", "gemma3"})
    void givenAFamily_whenAnAdapterTrains_thenGradientsAndCurveArePefts(String family) {
        try (Golden golden = Golden.family(family)) {
            assertGradients(golden, LoraBase.PLAIN, false);
            assertGradients(golden, LoraBase.PLAIN, true);
            assertCurve(golden, LoraBase.PLAIN);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rslora", "dora", "dora_bias", "patterns", "modules_to_save", "modules_to_save_head", "modules_to_save_tied", "targets_regex", "targets_list"})
    void givenAVariant_whenItTrains_thenGradientsAndCurveArePefts(String variant) {
        try (Golden golden = Golden.variant(variant)) {
            assertGradients(golden, LoraBase.PLAIN, false);
            assertGradients(golden, LoraBase.PLAIN, true);
            assertCurve(golden, LoraBase.PLAIN);
        }
    }

    @ParameterizedTest
    @EnumSource(Unpacking.class)
    void givenABaseRoundedAsBitsandbytesRounds_whenAnAdapterTrains_thenGradientsAndCurveArePefts(Unpacking unpacking) {
        for (Rounding rounding : List.of(Rounding.NF4, Rounding.INT8)) {
            try (Golden golden = Golden.variant(rounding == Rounding.NF4 ? "nf4_base" : "int8_base")) {
                LoraBase base = new LoraBase(rounding, unpacking);
                assertGradients(golden, base, true);
                assertCurve(golden, base);
            }
        }
    }

    @Test
    void givenLoraPlus_whenTrained_thenTheCurveIsPefts() {
        try (Golden golden = Golden.variant("lora_plus"); Trainee trainee = GoldenTrainees.of(golden, LoraBase.PLAIN, false)) {
            TrainingRecipe recipe = recipe(golden).with("loraplus_lr_ratio", golden.number("loraplus_lr_ratio"));
            assertCurve(trainee, golden.batch(), recipe, golden.number("learning_rate"), golden.numbers().path("lora_curve"), "lora_plus");
        }
    }

    @Test
    void givenEveryWeightLearns_whenTrained_thenGradientsAndCurveArePytorchs() {
        try (Golden golden = Golden.variant("full")) {
            TrainingRecipe recipe = recipe(golden).with("method", "full").with("compute_dtype", "f32");
            Batch batch = golden.batch();
            try (Trainee trainee = FullWeights.load(golden.base(), recipe)) {
                assertEquals(golden.number("loss"), trainee.accumulate(batch, 1.0 / batch.units(), 0) / batch.units(), 1e-5);
                assertGradients(golden, trainee, "grad.", 2e-6f);
            }
            try (Trainee trainee = FullWeights.load(golden.base(), recipe)) {
                assertCurve(trainee, batch, recipe, 0.01, golden.numbers().path("curve"), "full");
            }
        }
    }

    private static void assertGradients(Golden golden, LoraBase base, boolean recompute) {
        Batch batch = golden.batch();
        try (Trainee trainee = GoldenTrainees.of(golden, base, recompute)) {
            double loss = trainee.accumulate(batch, 1.0 / batch.units(), 0) / batch.units();
            assertEquals(golden.number("lora_loss"), loss, 1e-5, golden.folder().toString());
            assertGradients(golden, trainee, "grad.", 2e-6f);
        }
    }

    static void assertGradients(Golden golden, Trainee trainee, String prefix, float tolerance) {
        for (Parameter p : trainee.parameters()) {
            assertArrayEquals(golden.floats(prefix + plain(p.name())), Trainee.floats(p.gradient()), tolerance, golden.folder().getFileName() + " " + p.name());
        }
        Set<String> learned = trainee.parameters().stream().map(p -> plain(p.name())).collect(Collectors.toSet());
        assertEquals(golden.gradients(prefix), learned, golden.folder().getFileName().toString());
    }

    static String plain(String parameter) {
        return parameter.endsWith(".weight") ? parameter.substring(0, parameter.length() - ".weight".length()) : parameter;
    }

    private static void assertCurve(Golden golden, LoraBase base) {
        try (Trainee trainee = GoldenTrainees.of(golden, base, false)) {
            assertCurve(trainee, golden.batch(), recipe(golden), 0.01, golden.numbers().path("lora_curve"), golden.folder().getFileName().toString());
        }
    }

    static TrainingRecipe recipe(Golden golden) {
        return TrainingRecipe.parse("{}").with("weight_decay", golden.numbers().path("weight_decay").asDouble(0.01));
    }

    /** Losses before each step within 1e-4, norms of the gradients before clipping within 1e-3. */
    static void assertCurve(Trainee trainee, Batch batch, TrainingRecipe recipe, double rate, JsonNode curve, String name) {
        assertEquals(10, curve.size());
        try (Optimizer optimizer = Optimizer.of(Torch.newManager(), recipe, trainee.parameters())) {
            for (JsonNode expected : curve) {
                double loss = trainee.accumulate(batch, 1.0 / batch.units(), 0) / batch.units();
                double norm = optimizer.clip(1);
                optimizer.step(rate);
                assertEquals(expected.get(0).asDouble(), loss, 1e-4, name);
                assertEquals(expected.get(1).asDouble(), norm, 1e-3, name);
            }
        }
    }
}
