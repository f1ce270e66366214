package dev.hone.events;

import com.google.protobuf.Message;
import java.nio.charset.CharacterCodingException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * Between Kafka records and events: CloudEvents 1.0 in Kafka's binary mode (attributes in {@code ce_} headers, the
 * message's JSON as value). A record without an envelope, from a console producer say, is taken too: its id is made
 * from topic, partition and offset, and its fields are checked more strictly, because nobody else caught a typing error.
 */
public final class EventCodec {
    private EventCodec() {}

    /** @throws InvalidEvent when the record is not a valid message of this topic */
    @SuppressWarnings("unchecked")
    public static <T extends Message> Event<T> decode(Topic topic, ConsumerRecord<String, byte[]> record) throws InvalidEvent {
        Headers headers = record.headers();
        Optional<String> type = header(headers, "ce_type");
        if (type.isPresent() && !type.get().equals(topic.type())) {
            throw new InvalidEvent("wrong_type", "Expected events of type " + topic.type() + " on topic " + topic.topicName()
                    + ", found " + type.get() + ".");
        }
        T data = (T) EventJson.parse(text(record), topic.prototype(), type.isPresent());
        String id = header(headers, "ce_id").orElseGet(
                () -> EventIds.idOf(record.topic() + "/" + record.partition() + "/" + record.offset(), topic.type(), ""));
        String subject = header(headers, "ce_subject").orElseGet(() -> topic.key(data));
        return new Event<>(id, topic.type(), header(headers, "ce_source").orElse("external"), subject,
                header(headers, "ce_correlationid").orElse(subject), header(headers, "ce_causationid").orElse(""),
                time(headers, record.timestamp()), traceparent(record), data);
    }

    static <T extends Message> ProducerRecord<String, byte[]> encode(Topic topic, Event<T> event) {
        ProducerRecord<String, byte[]> record = new ProducerRecord<>(topic.topicName(), topic.key(event.data()),
                EventJson.print(event.data()).getBytes(StandardCharsets.UTF_8));
        Headers headers = record.headers();
        put(headers, "ce_specversion", "1.0");
        put(headers, "ce_id", event.id());
        put(headers, "ce_type", event.type());
        put(headers, "ce_source", event.source());
        put(headers, "ce_subject", event.subject());
        put(headers, "ce_time", event.time().toString());
        put(headers, "ce_correlationid", event.correlationId());
        put(headers, "ce_causationid", event.causationId());
        put(headers, "traceparent", event.traceparent());
        put(headers, "content-type", "application/json");
        return record;
    }

    /** W3C trace context of a record, empty if it came with none. */
    static String traceparent(ConsumerRecord<String, byte[]> record) {
        return header(record.headers(), "ce_traceparent").or(() -> header(record.headers(), "traceparent")).orElse("");
    }

    static void put(Headers headers, String name, String value) {
        if (!value.isEmpty()) {
            headers.add(name, value.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static String text(ConsumerRecord<String, byte[]> record) throws InvalidEvent {
        if (record.value() == null || record.value().length == 0) {
            throw new InvalidEvent("empty_value", "Expected a JSON value on topic " + record.topic() + ", found none.");
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(record.value())).toString();
        } catch (CharacterCodingException e) {
            throw new InvalidEvent("invalid_json", "Expected JSON in UTF-8, found bytes that are not UTF-8.");
        }
    }

    private static Instant time(Headers headers, long timestamp) {
        try {
            return header(headers, "ce_time").map(Instant::parse).orElseGet(() -> Instant.ofEpochMilli(timestamp));
        } catch (DateTimeParseException e) {
            return Instant.ofEpochMilli(timestamp);
        }
    }

    private static Optional<String> header(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return header == null || header.value() == null ? Optional.empty()
                : Optional.of(new String(header.value(), StandardCharsets.UTF_8));
    }
}
