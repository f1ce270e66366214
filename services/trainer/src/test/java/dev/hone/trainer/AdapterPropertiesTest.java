package dev.hone.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hone.llm.estimate.Estimate;
import dev.hone.llm.estimate.Memory;
import dev.hone.llm.train.FineTuneResult;
import dev.hone.llm.train.TrainingRecipe;
import dev.hone.v1.TrainRequested;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdapterPropertiesTest {
    @Test
    void givenARunAndItsForecast_whenWritten_thenWhatWasPredictedStandsBesideWhatItTook() {
        FineTuneResult result = new FineTuneResult(Path.of("out"), 7, 1.5, Double.NaN, 700, 12.5, 4096, 7, false, 900_000_000);
        Memory memory = new Memory(5e8, 1e8, 2e7, 2e7, 4e7, 1e8, 1e7, 1e7);
        Estimate predicted = new Estimate(TrainingRecipe.parse("{}"), 1_000_000, 4096, memory, false, 7, 1e9, 10.5);

        Map<String, String> properties = AdapterProperties.of(TrainRequested.getDefaultInstance(), result, predicted);

        assertEquals("900000000", properties.get("peak_memory_bytes"));
        assertEquals("800000000", properties.get("predicted_memory_bytes"));
        assertEquals("12.5", properties.get("seconds"));
        assertEquals("10.5", properties.get("predicted_seconds"));
        assertEquals("4096", properties.get("trainable_parameters"));
    }
}
