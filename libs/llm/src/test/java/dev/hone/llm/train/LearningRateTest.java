package dev.hone.llm.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LearningRateTest {
    // values of Transformers' get_{constant,linear,cosine}_schedule_with_warmup(num_warmup_steps=4, num_training_steps=20)
    // at learning rate 1: 0.5 (1 + cos(pi (12 - 4) / 16)) = 0.5, 0.5 (1 + cos(pi 12 / 16)) = 0.146446609
    @ParameterizedTest
    @CsvSource({
        "cosine,0,0", "cosine,2,0.5", "cosine,4,1", "cosine,12,0.5", "cosine,16,0.146446609", "cosine,20,0",
        "linear,2,0.5", "linear,4,1", "linear,12,0.5", "linear,19,0.0625", "constant,1,0.25", "constant,19,1"
    })
    void givenASchedule_whenAsked_thenItIsTransformers(String scheduler, long done, double expected) {
        assertEquals(expected, new LearningRate(scheduler, 1, 4, 20).at(done), 1e-8);
    }

    @Test
    void givenARatio_whenMade_thenItIsTheShareOfAllStepsRoundedUp() {
        TrainingRecipe r = TrainingRecipe.parse("{\"method\": \"full\", \"lr_scheduler\": \"linear\", \"learning_rate\": 0.01, \"warmup_ratio\": 0.03}");
        assertEquals(new LearningRate("linear", 0.01, 4, 101), LearningRate.of(r, 101));
    }
}
