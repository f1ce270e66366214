package dev.hone.llm.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.llm.format.Json;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LearningRateTest {
    /** What Transformers' get_scheduler gives; src/test/golden/make_optimizers.py wrote the file. */
    private static final JsonNode GOLDEN = Json.read(Path.of(System.getProperty("hone.root"), "libs/llm/src/test/golden/schedules.json"));

    private static Stream<JsonNode> curves() {
        return StreamSupport.stream(GOLDEN.path("curves").spliterator(), false);
    }

    @ParameterizedTest
    @MethodSource("curves")
    void givenASchedule_whenAsked_thenEveryStepIsTransformers(JsonNode curve) {
        LearningRate rate = new LearningRate(curve.path("scheduler").asText(), 2, curve.path("warmup").asLong(), GOLDEN.path("total").asLong(),
                curve.path("min_ratio").asDouble(), GOLDEN.path("restarts").asInt());
        JsonNode rates = curve.path("rates");
        assertEquals(21, rates.size());
        for (int step = 0; step < rates.size(); step++) {
            assertEquals(2 * rates.get(step).asDouble(), rate.at(step), 1e-12, curve.path("scheduler").asText() + " step " + step);
        }
    }

    @Test
    void givenRestartsWithALeastRate_whenACycleEnds_thenTheNextBeginsAtThePeak() {
        LearningRate rate = new LearningRate("cosine_with_restarts", 1, 0, 100, 0.2, 2);
        // half way through a cycle: 0.2 + 0.8 / 2
        assertEquals(0.6, rate.at(25), 1e-12);
        assertEquals(0.2, rate.at(49), 1e-3);
        assertEquals(1, rate.at(50));
        assertEquals(0.6, rate.at(75), 1e-12);
        assertEquals(0.2, rate.at(100));
    }

    @Test
    void givenARatio_whenMade_thenItIsTheShareOfAllStepsRoundedUp() {
        TrainingRecipe r = TrainingRecipe.parse("{\"method\": \"full\", \"lr_scheduler\": \"cosine\", \"learning_rate\": 0.01, \"warmup_ratio\": 0.03, \"cosine_min_lr_ratio\": 0.1, \"lr_cycles\": 2}");
        assertEquals(new LearningRate("cosine", 0.01, 4, 101, 0.1, 2), LearningRate.of(r, 101));
        assertEquals(7, LearningRate.of(r.with("warmup_steps", 7), 101).warmup());
    }
}
