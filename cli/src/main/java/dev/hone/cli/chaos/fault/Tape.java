package dev.hone.cli.chaos.fault;

import dev.hone.events.KafkaSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Every record of some topics as it lies on the broker, from the first on; it belongs to no group. Safe for use by several threads. */
public final class Tape implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(300);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final KafkaSettings kafka;
    private final Set<String> topics;
    private final List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
    private final Set<String> places = new HashSet<>();
    private final Thread reader;
    private volatile boolean closed;

    public Tape(KafkaSettings kafka, Collection<String> topics) {
        this.kafka = kafka;
        this.topics = Set.copyOf(topics);
        this.reader = Thread.ofPlatform().daemon().name("tape").start(this::run);
    }

    /** What was read until now. */
    public synchronized List<ConsumerRecord<String, byte[]>> records() {
        return List.copyOf(records);
    }

    /** How many were read until now. */
    public synchronized int size() {
        return records.size();
    }

    private void run() {
        while (!closed) {
            try (KafkaConsumer<String, byte[]> consumer = consumer()) {
                List<TopicPartition> partitions = new ArrayList<>();
                for (String topic : topics) {
                    for (PartitionInfo info : consumer.partitionsFor(topic)) {
                        partitions.add(new TopicPartition(topic, info.partition()));
                    }
                }
                consumer.assign(partitions);
                consumer.seekToBeginning(partitions);
                while (!closed) {
                    consumer.poll(POLL).forEach(this::keep);
                }
            } catch (KafkaException e) {
                pause();
            }
        }
    }

    private KafkaConsumer<String, byte[]> consumer() {
        return new KafkaConsumer<>(kafka.consumer(Map.of("enable.auto.commit", false, "fetch.max.wait.ms", 100, "default.api.timeout.ms", 10_000,
                "reconnect.backoff.max.ms", 1000)), new StringDeserializer(), new ByteArrayDeserializer());
    }

    /** Read again from the beginning after the broker was away, a record is no second one. */
    private synchronized void keep(ConsumerRecord<String, byte[]> record) {
        if (places.add(record.topic() + "/" + record.partition() + "/" + record.offset())) {
            records.add(record);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            reader.join(Duration.ofSeconds(15));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
