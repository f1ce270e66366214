package dev.hone.events;

import com.google.protobuf.Message;
import io.opentelemetry.api.trace.Span;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Writes one service's events, from the service and from its Jobs alike. It refuses a topic that the service does not
 * own: a fact has one writer. Safe for use by several threads.
 */
public final class EventPublisher implements AutoCloseable {
    private final Producer<String, byte[]> producer;
    private final String service;

    /** @param service the writer's name in the table of topics, or {@link Topic.Writers#OTHERS} */
    public EventPublisher(KafkaSettings kafka, String service) {
        this(new KafkaProducer<>(kafka.producer(own(service)), new StringSerializer(), new ByteArraySerializer()), service);
    }

    EventPublisher(Producer<String, byte[]> producer, String service) {
        this.producer = Objects.requireNonNull(producer);
        this.service = Objects.requireNonNull(service);
    }

    private static Map<String, Object> own(String service) {
        return Map.of("acks", "all", "enable.idempotence", true, "linger.ms", 0, "client.id", "hone-" + service, "delivery.timeout.ms", 120_000);
    }

    /**
     * Writes an event and waits until the broker has it.
     *
     * @return the event as written
     * @throws KafkaException when the broker does not take it in time
     */
    public <T extends Message> Event<T> publish(Topic topic, T data, Cause cause) {
        Span span = EventSpans.send(topic, cause);
        try {
            Event<T> event = envelop(topic, data, cause, "", EventSpans.traceparent(span));
            EventSpans.describe(span, event);
            send(EventCodec.encode(topic, event));
            return event;
        } catch (RuntimeException e) {
            EventSpans.failed(span, e.getClass().getName(), e.getMessage());
            throw e;
        } finally {
            span.end();
        }
    }

    /** Writes one of many events of the same type and cause, told apart by {@code discriminator}, without waiting and without a span. */
    public <T extends Message> void publishLater(Topic topic, T data, Cause cause, String discriminator) {
        producer.send(EventCodec.encode(topic, envelop(topic, data, cause, discriminator, EventSpans.traceparent(cause))));
    }

    /** Withdraws a key from a compacted topic. */
    public void withdraw(Topic topic, String key) {
        requireWriter(topic);
        if (topic.kind() != Topic.Kind.REGISTRY) {
            throw new IllegalArgumentException("only a registry topic forgets keys, " + topic.topicName() + " is none");
        }
        send(new ProducerRecord<>(topic.topicName(), key, null));
    }

    /** Puts a record aside as it came, with the reason in its headers. */
    void deadLetter(ConsumerRecord<String, byte[]> record, String code, String message) {
        ProducerRecord<String, byte[]> dead = new ProducerRecord<>(Topic.deadLetters(service), null, record.key(), record.value(), record.headers());
        EventCodec.put(dead.headers(), "hone_error_code", code);
        EventCodec.put(dead.headers(), "hone_error_message", message);
        EventCodec.put(dead.headers(), "hone_error_origin", record.topic() + "/" + record.partition() + "/" + record.offset());
        send(dead);
    }

    private <T extends Message> Event<T> envelop(Topic topic, T data, Cause cause, String discriminator, String traceparent) {
        requireWriter(topic);
        try {
            EventJson.check(data);
        } catch (InvalidEvent e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        String key = topic.key(data);
        return new Event<>(EventIds.idOf(cause.id(), topic.type(), key + discriminator), topic.type(), "hone/" + service, key,
                cause.correlationId().isEmpty() ? key : cause.correlationId(), cause.id(), Instant.now(), traceparent, data);
    }

    private void requireWriter(Topic topic) {
        if (!topic.writers().contains(service)) {
            throw new IllegalArgumentException("topic " + topic.topicName() + " is written by " + topic.writers() + ", not by " + service);
        }
    }

    private void send(ProducerRecord<String, byte[]> record) {
        try {
            producer.send(record).get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException kafka ? kafka : new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted while writing to " + record.topic(), e);
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(10));
    }
}
