package dev.hone.llm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.llm.bridge.Torch;
import dev.hone.llm.lora.LoraBase;
import dev.hone.llm.model.Batch;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training with rounded weights and activations against PyTorch's autograd over Transformers' model, f32; make_qat.py wrote the files. */
class FakeQuantizationGoldenTest {
    @ParameterizedTest
    @ValueSource(strings = {"full_int4", "full_int4_channel_embedding", "full_w4a8", "full_int8", "full_w8a8", "lora_int4", "lora_w4a8", "lora_w8a8"})
    void givenAModelThatLearnsRounded_whenTrained_thenLossGradientsAndCurveArePytorchs(String name) {
        try (Golden golden = Golden.rounded(name)) {
            Batch batch = golden.batch();
            for (boolean recompute : new boolean[] {false, true}) {
                try (Trainee trainee = trainee(golden, recompute)) {
                    assertEquals(golden.number("loss"), trainee.accumulate(batch, 1.0 / batch.units(), 0) / batch.units(), 1e-5);
                    assertEquals(golden.number("loss"), trainee.score(batch).meanLoss(), 1e-5);
                    assertGradients(golden, trainee);
                }
            }
            try (Trainee trainee = trainee(golden, false)) {
                assertCurve(golden, trainee, batch);
            }
        }
    }

    private static Trainee trainee(Golden golden, boolean recompute) {
        JsonNode told = golden.numbers().path("fake_quantization");
        FakeQuantization fake = new FakeQuantization(told.path("weight_bits").asInt(), told.path("group").asInt(), told.path("activation_bits").asInt(), told.path("embedding").asBoolean(), 0);
        if (golden.numbers().path("lora").asBoolean()) {
            return GoldenTrainees.of(golden, LoraBase.PLAIN, new Trainee.Passing(recompute, 0, 0, 0.1, 0), fake);
        }
        TrainingRecipe recipe = TrainingRecipe.parse("{\"method\": \"full\", \"compute_dtype\": \"f32\"}").with("gradient_checkpointing", recompute);
        return FullWeights.load(golden.base(), recipe, fake);
    }

    private static void assertGradients(Golden golden, Trainee trainee) {
        Map<String, float[]> found = trainee.parameters().stream().collect(Collectors.toMap(p -> AdapterGoldenTest.plain(p.name()), p -> Trainee.floats(p.gradient())));
        for (String name : golden.gradients("grad.")) {
            assertArrayEquals(golden.floats("grad." + name), found.get(name), 5e-6f, name);
        }
        assertEquals(golden.numbers().path("lora").asBoolean() ? found.size() : 11, golden.gradients("grad.").size() + (golden.base().endsWith("llama_tied") ? 1 : 0));
    }

    /**
     * Losses before each step of plain gradient descent, and norms before clipping at 1. Where activations are rounded, one whose
     * last digits decide between two codes may take another one here than there: PyTorch's own curve moves by 0.012 when the
     * weights it begins with are changed by 1e-7 of themselves.
     */
    private static void assertCurve(Golden golden, Trainee trainee, Batch batch) {
        TrainingRecipe recipe = TrainingRecipe.parse("{\"optimizer\": \"sgd\"}");
        double tolerance = golden.numbers().path("fake_quantization").path("activation_bits").asInt() > 0 ? 0.02 : 1e-4;
        JsonNode curve = golden.numbers().path("curve");
        assertEquals(10, curve.size());
        try (Optimizer optimizer = Optimizer.of(Torch.newManager(), recipe, trainee.parameters())) {
            for (JsonNode expected : curve) {
                double loss = trainee.accumulate(batch, 1.0 / batch.units(), 0) / batch.units();
                double norm = optimizer.clip(1);
                optimizer.step(0.03);
                assertEquals(expected.get(0).asDouble(), loss, tolerance);
                assertEquals(expected.get(1).asDouble(), norm, 10 * tolerance);
            }
        }
    }
}
