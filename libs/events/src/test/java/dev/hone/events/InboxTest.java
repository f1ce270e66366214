package dev.hone.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.v1.ArtifactRef;
import dev.hone.v1.Deploy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class InboxTest {
    private final MockProducer<String, byte[]> producer = new MockProducer<>(true, null, new StringSerializer(), new ByteArraySerializer());
    private final Inbox inbox = new Inbox(new EventPublisher(producer, "serving"), EventObserver.NOBODY, Duration.ofMillis(1), Duration.ofMillis(2));

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

    @Test
    void givenABrokerThatIsAwayTwice_whenARecordIsPutAside_thenItTriesUntilItIsBack() throws InterruptedException {
        int[] tries = {0};
        MockProducer<String, byte[]> flaky = new MockProducer<>(true, null, new StringSerializer(), new ByteArraySerializer()) {
            @Override
            public synchronized Future<RecordMetadata> send(ProducerRecord<String, byte[]> record) {
                if (++tries[0] < 3) {
                    throw new TimeoutException("no broker");
                }
                return super.send(record);
            }
        };

        new Inbox(new EventPublisher(flaky, "serving"), EventObserver.NOBODY, Duration.ofMillis(1), Duration.ofMillis(2)).handle(Topic.DEPLOY, record("{oops"), event -> {});

        assertEquals(3, tries[0]);
        assertEquals("dlq.serving", flaky.history().getFirst().topic());
    }

    @Test
    void givenAServiceThatStopsWhileARecordIsHandled_whenInterrupted_thenTheRecordIsNotPutAside() {
        assertThrows(InterruptedException.class, () -> inbox.handle(Topic.DEPLOY, record(valid()), event -> {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted while writing");
        }));
        assertTrue(Thread.interrupted());
        assertTrue(producer.history().isEmpty());
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
