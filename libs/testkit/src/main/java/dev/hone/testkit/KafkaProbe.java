package dev.hone.testkit;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Another system at the same broker: writes any bytes, reads what came of them. */
public final class KafkaProbe implements AutoCloseable {

    private static final List<String> FACTS_AND_COMMANDS = List.of("dataset.ready", "train.requested", "adapter.trained",
            "quantize.done", "eval.done", "feedback", "run.progress", "run.failed", "store.events",
            "dlq.ingest", "dlq.trainer", "dlq.quantizer", "dlq.evaluator", "dlq.serving");

    private final String bootstrapServers;
    private final KafkaProducer<String, byte[]> producer;

    public KafkaProbe(String bootstrapServers) {
        this.bootstrapServers = bootstrapServers;
        this.producer = new KafkaProducer<>(Map.of("bootstrap.servers", bootstrapServers, "acks", "all"),
                new StringSerializer(), new ByteArraySerializer());
    }

    /** Every topic a service of Hone reads or writes, one partition each, {@code deploy} compacted. */
    public static void createHoneTopics(String bootstrapServers) {
        List<NewTopic> topics = new ArrayList<>();
        FACTS_AND_COMMANDS.forEach(name -> topics.add(new NewTopic(name, 1, (short) 1)));
        topics.add(new NewTopic("deploy", 1, (short) 1).configs(Map.of("cleanup.policy", "compact")));
        create(bootstrapServers, topics);
    }

    /** Creates a topic of one partition unless it is there. */
    public static void createTopic(String bootstrapServers, String name) {
        create(bootstrapServers, List.of(new NewTopic(name, 1, (short) 1)));
    }

    /** Writes a record as a console producer does: no headers. */
    public void send(String topic, String key, String value) {
        send(topic, key, value.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    /** Returns when the broker has it. {@code value} may be null: a tombstone. */
    public void send(String topic, String key, byte[] value, Map<String, String> headers) {
        ProducerRecord<String, byte[]> record = new ProducerRecord<>(topic, key, value);
        headers.forEach((name, text) -> record.headers().add(name, text.getBytes(StandardCharsets.UTF_8)));
        try {
            producer.send(record).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted while writing to " + topic, e);
        } catch (ExecutionException e) {
            throw new AssertionError("Could not write to " + topic, e.getCause());
        }
    }

    /** The first record of the topic, from its beginning, that matches. */
    public ConsumerRecord<String, byte[]> await(String topic, Duration timeout, Predicate<ConsumerRecord<String, byte[]>> wanted) {
        List<ConsumerRecord<String, byte[]>> found = await(topic, timeout, 1, wanted);
        return found.getFirst();
    }

    /** The first {@code count} records of the topic, from its beginning, that match. */
    public List<ConsumerRecord<String, byte[]>> await(
            String topic, Duration timeout, int count, Predicate<ConsumerRecord<String, byte[]>> wanted) {
        List<ConsumerRecord<String, byte[]>> found = new ArrayList<>();
        int seen = 0;
        long end = System.nanoTime() + timeout.toNanos();
        try (KafkaConsumer<String, byte[]> consumer = fromBeginning(topic)) {
            while (found.size() < count) {
                if (System.nanoTime() > end) {
                    throw new AssertionError("Expected " + count + " matching record(s) on " + topic + " within "
                            + timeout.toSeconds() + " s, found " + found.size() + " among " + seen + ".");
                }
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    seen++;
                    if (wanted.test(record)) {
                        found.add(record);
                    }
                }
            }
        }
        return found;
    }

    /** Every record that lies on the topic now. */
    public List<ConsumerRecord<String, byte[]>> all(String topic) {
        List<ConsumerRecord<String, byte[]>> found = new ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer = fromBeginning(topic)) {
            Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
            while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
                consumer.poll(Duration.ofMillis(200)).forEach(found::add);
            }
        }
        return found;
    }

    /** A header's text, or null. */
    public static String header(ConsumerRecord<?, ?> record, String name) {
        Header header = record.headers().lastHeader(name);
        return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }

    /** A record's value as text. */
    public static String text(ConsumerRecord<?, byte[]> record) {
        return new String(record.value(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        producer.close();
    }

    private KafkaConsumer<String, byte[]> fromBeginning(String topic) {
        KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(Map.of("bootstrap.servers", bootstrapServers),
                new StringDeserializer(), new ByteArrayDeserializer());
        List<TopicPartition> partitions = consumer.partitionsFor(topic).stream().map(KafkaProbe::partition).toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        return consumer;
    }

    private static TopicPartition partition(PartitionInfo info) {
        return new TopicPartition(info.topic(), info.partition());
    }

    private static void create(String bootstrapServers, List<NewTopic> topics) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            for (var created : admin.createTopics(topics).values().values()) {
                created.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while creating topics", e);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new IllegalStateException("Could not create topics at " + bootstrapServers, e.getCause());
            }
        }
    }
}
