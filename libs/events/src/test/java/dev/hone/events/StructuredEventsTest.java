package dev.hone.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hone.v1.ArtifactRef;
import dev.hone.v1.Recipe;
import dev.hone.v1.TrainRequested;
import dev.hone.v1.TrainingRecipe;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class StructuredEventsTest {

    private static final TrainRequested DATA = TrainRequested.newBuilder()
            .setRunId("r1").setDatasetId("d1").setBaseModel("hone-nano").setModelName("shop")
            .setDataset(ArtifactRef.newBuilder().setManifest("datasets/d1/manifest.json"))
            .setRecipe(Recipe.newBuilder().setTraining(TrainingRecipe.newBuilder().setLoraR(16).setLearningRate(2e-4).setSeed(1L << 60)))
            .build();

    @Test
    void givenEvent_whenPrintedAndParsed_thenItIsTheSame() throws Exception {
        Event<TrainRequested> event = new Event<>("id", Topic.TRAIN_REQUESTED.type(), "hone/trainer", "r1", "r1", "cause",
                Instant.parse("2026-01-01T00:00:00Z"), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", DATA);

        assertEquals(event, StructuredEvents.parse(Topic.TRAIN_REQUESTED, StructuredEvents.print(event)));
    }

    @Test
    void givenEventOfAnotherTopic_whenParsed_thenItIsRefused() {
        Event<TrainRequested> event = new Event<>("id", Topic.TRAIN_REQUESTED.type(), "", "r1", "", "", Instant.EPOCH, "", DATA);

        assertEquals("wrong_type", assertThrows(InvalidEvent.class,
                () -> StructuredEvents.parse(Topic.ADAPTER_TRAINED, StructuredEvents.print(event))).code());
    }

    @Test
    void givenNoJson_whenParsed_thenItIsRefused() {
        assertEquals("invalid_json", assertThrows(InvalidEvent.class, () -> StructuredEvents.parse(Topic.TRAIN_REQUESTED, "[1,")).code());
    }
}
