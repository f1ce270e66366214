package dev.hone.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.v1.ArtifactRef;
import dev.hone.v1.Recipe;
import dev.hone.v1.TrainRequested;
import dev.hone.v1.TrainingRecipe;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class EventCodecTest {
    private final MockProducer<String, byte[]> producer = new MockProducer<>(true, null, new StringSerializer(), new ByteArraySerializer());
    private final EventPublisher trainer = new EventPublisher(producer, "trainer");

    @Test
    void givenAPublishedEvent_whenDecoded_thenItIsTheSameEvent() throws InvalidEvent {
        Event<TrainRequested> written = trainer.publish(Topic.TRAIN_REQUESTED, request("r1").build(), Cause.outside("upload"));

        Event<TrainRequested> read = EventCodec.decode(Topic.TRAIN_REQUESTED, received(producer.history().getFirst()));

        assertEquals(written, read);
    }

    @Test
    void givenAnEvent_whenWritten_thenItIsSnakeCaseJsonWithCloudEventsHeaders() {
        trainer.publish(Topic.TRAIN_REQUESTED, request("r1").build(), Cause.outside("upload"));

        ProducerRecord<String, byte[]> record = producer.history().getFirst();
        String json = new String(record.value(), StandardCharsets.UTF_8);
        assertTrue(json.contains("\"lora_r\":16") && json.contains("\"learning_rate\":0.002"), json);
        assertEquals("r1", record.key());
        assertEquals("dev.hone.train.requested.v1", new String(record.headers().lastHeader("ce_type").value(), StandardCharsets.UTF_8));
    }

    @Test
    void givenARecordWithoutEnvelope_whenDecoded_thenItsIdComesFromItsPlace() throws InvalidEvent {
        Event<TrainRequested> first = EventCodec.decode(Topic.TRAIN_REQUESTED, plain(EventJson.print(request("r1")), 7));
        Event<TrainRequested> again = EventCodec.decode(Topic.TRAIN_REQUESTED, plain(EventJson.print(request("r1")), 7));
        Event<TrainRequested> next = EventCodec.decode(Topic.TRAIN_REQUESTED, plain(EventJson.print(request("r1")), 8));

        assertEquals(first.id(), again.id());
        assertTrue(!first.id().equals(next.id()));
        assertEquals("r1", first.correlationId());
    }

    @Test
    void givenATypingErrorFromAConsoleProducer_whenDecoded_thenTheFieldIsNamed() {
        String json = EventJson.print(request("r1")).replace("learning_rate", "learning_rat");

        InvalidEvent error = assertThrows(InvalidEvent.class, () -> EventCodec.decode(Topic.TRAIN_REQUESTED, plain(json, 0)));

        assertEquals("invalid_json", error.code());
        assertTrue(error.getMessage().contains("learning_rat"), error.getMessage());
    }

    @Test
    void givenANewerWritersField_whenDecoded_thenItIsIgnored() throws InvalidEvent {
        trainer.publish(Topic.TRAIN_REQUESTED, request("r1").build(), Cause.outside("upload"));
        ProducerRecord<String, byte[]> record = producer.history().getFirst();
        byte[] newer = new String(record.value(), StandardCharsets.UTF_8).replaceFirst("\\{", "{\"added_later\":1,").getBytes(StandardCharsets.UTF_8);

        ConsumerRecord<String, byte[]> received = new ConsumerRecord<>(record.topic(), 0, 0, record.key(), newer);
        record.headers().forEach(received.headers()::add);

        assertEquals("r1", EventCodec.decode(Topic.TRAIN_REQUESTED, received).subject());
    }

    @Test
    void givenARankOfZero_whenDecoded_thenTheBrokenRuleIsNamed() {
        TrainRequested.Builder request = request("r1");
        request.getRecipeBuilder().getTrainingBuilder().setLoraR(0);

        InvalidEvent error = assertThrows(InvalidEvent.class,
                () -> EventCodec.decode(Topic.TRAIN_REQUESTED, plain(EventJson.print(request), 0)));

        assertEquals("broken_rule", error.code());
        assertTrue(error.getMessage().contains("recipe.training.lora_r"), error.getMessage());
    }

    @Test
    void givenATopicOfAnotherService_whenPublishing_thenItIsRefused() {
        EventPublisher serving = new EventPublisher(producer, "serving");

        assertThrows(IllegalArgumentException.class,
                () -> serving.publish(Topic.TRAIN_REQUESTED, request("r1").build(), Cause.outside("x")));
    }

    /** RFC 9562, appendix A.4: the version 5 UUID of www.example.com in the DNS namespace. */
    @Test
    void givenTheExampleOfTheRfc_whenNamed_thenTheUuidIsTheRfcs() {
        assertEquals(UUID.fromString("2ed6657d-e927-568b-95e1-2665a8aea6a2"),
                EventIds.uuid5(UUID.fromString("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "www.example.com"));
    }

    @Test
    void givenTheSameDatasetBaseAndRecipe_whenNamed_thenTheRunIsTheSame_andAnotherRankIsAnotherRun() {
        Recipe recipe = request("x").getRecipe();
        Recipe other = recipe.toBuilder().setTraining(recipe.getTraining().toBuilder().setLoraR(8)).build();

        assertEquals(EventIds.runId("d", "b", recipe), EventIds.runId("d", "b", recipe.toBuilder().build()));
        assertTrue(!EventIds.runId("d", "b", recipe).equals(EventIds.runId("d", "b", other)));
    }

    private static TrainRequested.Builder request(String runId) {
        return TrainRequested.newBuilder().setRunId(runId).setDatasetId("d1").setBaseModel("hone-nano").setModelName("support")
                .setDataset(ArtifactRef.newBuilder().setManifest("datasets/d1/manifest.json"))
                .setRecipe(Recipe.newBuilder().setTraining(TrainingRecipe.newBuilder().setLoraR(16).setLearningRate(0.002)));
    }

    private static ConsumerRecord<String, byte[]> plain(String json, long offset) {
        return new ConsumerRecord<>("train.requested", 0, offset, null, json.getBytes(StandardCharsets.UTF_8));
    }

    private static ConsumerRecord<String, byte[]> received(ProducerRecord<String, byte[]> sent) {
        ConsumerRecord<String, byte[]> record = new ConsumerRecord<>(sent.topic(), 0, 0, sent.key(), sent.value());
        sent.headers().forEach(record.headers()::add);
        return record;
    }
}
