package dev.hone.cli.backup;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/**
 * One record of a topic, a line of JSON. Texts stay readable; bytes that are no UTF-8 are Base64.
 *
 * @param offset    where it lay in its partition
 * @param timestamp milliseconds since 1970
 * @param key       null where the record had none
 * @param value     null for a withdrawn key
 * @param headers   in their order
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record SavedRecord(long offset, long timestamp, Bytes key, Bytes value, List<SavedHeader> headers) {

    /** @param value null where the header had none */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record SavedHeader(String name, Bytes value) {}

    /** One of the two is set. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Bytes(String text, String base64) {

        static Bytes of(byte[] bytes) {
            if (bytes == null) {
                return null;
            }
            return text(bytes).map(text -> new Bytes(text, null)).orElseGet(() -> new Bytes(null, Base64.getEncoder().encodeToString(bytes)));
        }

        private static Optional<String> text(byte[] bytes) {
            try {
                return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
            } catch (CharacterCodingException e) {
                return Optional.empty();
            }
        }

        byte[] bytes() {
            return text == null ? Base64.getDecoder().decode(base64) : text.getBytes(StandardCharsets.UTF_8);
        }

        static byte[] orNull(Bytes bytes) {
            return bytes == null ? null : bytes.bytes();
        }
    }

    static SavedRecord of(ConsumerRecord<byte[], byte[]> record) {
        List<SavedHeader> headers = new ArrayList<>();
        for (Header header : record.headers()) {
            headers.add(new SavedHeader(header.key(), Bytes.of(header.value())));
        }
        return new SavedRecord(record.offset(), record.timestamp(), Bytes.of(record.key()), Bytes.of(record.value()), headers);
    }

    ProducerRecord<byte[], byte[]> in(String topic, int partition) {
        List<Header> all = new ArrayList<>();
        headers.forEach(header -> all.add(new RecordHeader(header.name(), Bytes.orNull(header.value()))));
        return new ProducerRecord<>(topic, partition, timestamp, Bytes.orNull(key), Bytes.orNull(value), all);
    }
}
