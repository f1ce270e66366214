package dev.hone.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.v1.ArtifactRef;
import dev.hone.v1.Deploy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class InboxTest {
    private final MockProducer<String, byte[]> producer = new MockProducer<>(true, null, new StringSerializer(), new ByteArraySerializer());
    private final Inbox inbox = new Inbox(new EventPublisher(producer, "serving"), Duration.ofMillis(1), Duration.ofMillis(2));

    @Test
    void givenGarbage_whenHandled_thenItLiesInTheDeadLettersAsItCameWithCodeAndSentence() throws InterruptedException {
        inbox.handle(Topic.DEPLOY, record("{oops"), event -> {});

        ProducerRecord<String, byte[]> dead = producer.history().getFirst();
        assertEquals("dlq.serving", dead.topic());
        assertEquals("{oops", new String(dead.value(), StandardCharsets.UTF_8));
        assertEquals("invalid_json", header(dead, "hone_error_code"));
        assertTrue(header(dead, "hone_error_message").startsWith("Expected the JSON form of hone.v1.Deploy"));
        assertEquals("deploy/0/3", header(dead, "hone_error_origin"));
    }

    @Test
    void givenAStoreThatIsAwayTwice_whenHandled_thenItTriesUntilItIsBack() throws InterruptedException {
        List<String> tries = new ArrayList<>();

        inbox.<Deploy>handle(Topic.DEPLOY, record(valid()), event -> {
            tries.add(event.subject());
            if (tries.size() < 3) {
                throw new IOException("connection refused");
            }
        });

        assertEquals(List.of("support", "support", "support"), tries);
        assertTrue(producer.history().isEmpty());
    }

    @Test
    void givenABugInTheHandler_whenHandled_thenTheRecordIsPutAsideAndTheNextOneIsHandled() throws InterruptedException {
        List<String> handled = new ArrayList<>();

        inbox.handle(Topic.DEPLOY, record(valid()), event -> {
            throw new IllegalStateException("bug");
        });
        inbox.handle(Topic.DEPLOY, record(valid()), event -> handled.add(event.subject()));

        assertEquals("internal_error", header(producer.history().getFirst(), "hone_error_code"));
        assertEquals(List.of("support"), handled);
    }

    private static String valid() {
        return EventJson.print(Deploy.newBuilder().setModelName("support").setRevision("r1")
                .setModel(ArtifactRef.newBuilder().setManifest("models/r1/int8/manifest.json")));
    }

    private static ConsumerRecord<String, byte[]> record(String json) {
        return new ConsumerRecord<>("deploy", 0, 3, "support", json.getBytes(StandardCharsets.UTF_8));
    }

    private static String header(ProducerRecord<String, byte[]> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }
}
