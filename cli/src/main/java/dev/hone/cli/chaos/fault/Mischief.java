package dev.hone.cli.chaos.fault;

import dev.hone.events.KafkaSettings;
import dev.hone.events.Topic;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Records that nobody asked for. Each bears a header that says so, which no service looks at. */
public final class Mischief implements AutoCloseable {
    /** Names the header; its value is {@link #AGAIN} or {@link #POISON}. */
    public static final String MARK = "chaos";
    public static final String AGAIN = "again";
    public static final String POISON = "poison";
    /** Another system's events come without an envelope; those that carry an id of their own say the same twice. */
    private static final List<Topic> REPEATED = List.of(Topic.DATASET_READY, Topic.TRAIN_REQUESTED, Topic.ADAPTER_TRAINED, Topic.QUANTIZE_DONE, Topic.EVAL_DONE, Topic.DEPLOY, Topic.FEEDBACK);
    private static final List<Topic> REPEATED_BARE = REPEATED.subList(0, REPEATED.size() - 1);
    private static final String STORE_EVENTS = "store.events";
    private static final int REORDERED = 3;

    private final KafkaProducer<String, byte[]> producer;
    private final Tape tape;

    public Mischief(KafkaSettings kafka, Tape tape) {
        this.producer = new KafkaProducer<>(kafka.producer(Map.of("acks", "all", "max.block.ms", 5_000, "delivery.timeout.ms", 60_000, "request.timeout.ms", 10_000,
                "linger.ms", 0, "client.id", "hone-chaos")), new StringSerializer(), new ByteArraySerializer());
        this.tape = tape;
    }

    /** @return what was done, for the timeline */
    String repeat(Fault fault, boolean bare) {
        List<ConsumerRecord<String, byte[]>> known = known(bare ? REPEATED_BARE : REPEATED);
        if (known.isEmpty()) {
            return "nothing lies on the topics yet";
        }
        return again(known.get(fault.among(known.size())), bare);
    }

    String reorder(Fault fault) {
        List<ConsumerRecord<String, byte[]>> known = known(REPEATED);
        int first = known.isEmpty() ? 0 : fault.among(known.size());
        List<String> sent = new ArrayList<>();
        for (ConsumerRecord<String, byte[]> record : known.subList(first, Math.min(known.size(), first + REORDERED)).reversed()) {
            sent.add(again(record, false));
        }
        return String.join(", ", sent);
    }

    private List<ConsumerRecord<String, byte[]>> known(List<Topic> topics) {
        return tape.records().stream().filter(record -> record.headers().lastHeader(MARK) == null && record.value() != null
                && topics.stream().anyMatch(topic -> topic.topicName().equals(record.topic()))).toList();
    }

    private String again(ConsumerRecord<String, byte[]> record, boolean bare) {
        ProducerRecord<String, byte[]> again = new ProducerRecord<>(record.topic(), null, record.key(), record.value());
        if (!bare) {
            for (Header header : record.headers()) {
                again.headers().add(header);
            }
        }
        send(again, AGAIN);
        return record.topic() + "/" + record.partition() + "/" + record.offset() + " of " + record.key();
    }

    String poison(Fault fault) {
        List<String> topics = new ArrayList<>(REPEATED.stream().map(Topic::topicName).toList());
        topics.add(STORE_EVENTS);
        String topic = topics.get(fault.among(topics.size()));
        ProducerRecord<String, byte[]> record = new ProducerRecord<>(topic, null, "chaos-" + fault.number(), value(fault.pick() / topics.size()));
        send(record, POISON);
        return topic + ", key chaos-" + fault.number();
    }

    /** Never null, which withdraws a name from a registry topic. */
    private static byte[] value(int pick) {
        return switch (pick % 4) {
            case 0 -> "not json at all".getBytes(StandardCharsets.UTF_8);
            case 1 -> new byte[0];
            case 2 -> new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1};
            default -> "{\"a_field_that_no_message_has\": 1}".getBytes(StandardCharsets.UTF_8);
        };
    }

    private void send(ProducerRecord<String, byte[]> record, String mark) {
        record.headers().add(MARK, mark.getBytes(StandardCharsets.US_ASCII));
        producer.send(record);
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(20));
    }
}
