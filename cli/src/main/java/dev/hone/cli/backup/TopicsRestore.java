package dev.hone.cli.backup;

import dev.hone.cli.console.Failure;
import dev.hone.events.KafkaSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes saved records into empty topics, each into the partition it came from, and finds where each group goes on: the
 * offsets are others than they were, because the first record now has the first offset.
 */
final class TopicsRestore {
    private final KafkaSettings kafka;
    private final TopicFiles files;
    private final BackupSummary backup;

    TopicsRestore(KafkaSettings kafka, Path folder, BackupSummary backup) {
        this.kafka = kafka;
        this.files = new TopicFiles(folder);
        this.backup = backup;
    }

    /** @throws Failure when the broker's topics are others than the backup's, or hold something */
    void requireEmptyTopics() {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(kafka.consumer(Map.of("default.api.timeout.ms", 15_000)),
                new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            backup.topics().forEach((topic, partitions) -> requireEmpty(consumer, topic, partitions));
        }
    }

    private static void requireEmpty(KafkaConsumer<byte[], byte[]> consumer, String topic, int partitions) {
        List<TopicPartition> present = consumer.partitionsFor(topic).stream().map(info -> new TopicPartition(info.topic(), info.partition())).toList();
        if (present.size() != partitions) {
            throw new Failure("Expected the topic " + topic + " with " + partitions + " partitions as in the backup, found " + present.size()
                    + ". Make it so: a key's records must stay in one partition, in their order.");
        }
        // Not the difference of the offsets: what was deleted leaves offsets behind, and groups would be set to the wrong place.
        long written = consumer.endOffsets(present).values().stream().mapToLong(Long::longValue).sum();
        if (written > 0) {
            throw new Failure("Expected new, empty topics, found that " + topic + " was written to " + written
                    + " times. A backup goes into a fresh broker: delete the topics, make them anew, and try again before anything else writes.");
        }
    }

    /** @return where each group goes on */
    Map<String, Map<TopicPartition, Long>> write(LongConsumer told) throws IOException {
        Map<String, Map<TopicPartition, Long>> positions = new TreeMap<>();
        AtomicReference<Exception> failed = new AtomicReference<>();
        long written = 0;
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(kafka.producer(Map.of("acks", "all", "enable.idempotence", true)),
                new ByteArraySerializer(), new ByteArraySerializer())) {
            for (Map.Entry<String, Integer> topic : backup.topics().entrySet()) {
                for (int number = 0; number < topic.getValue(); number++) {
                    TopicPartition partition = new TopicPartition(topic.getKey(), number);
                    List<Long> offsets = write(partition, producer, failed);
                    written += offsets.size();
                    told.accept(written);
                    goOn(partition, offsets, positions);
                }
            }
            producer.flush();
        }
        if (failed.get() != null) {
            throw new Failure("Expected the broker to take every record, found: " + failed.get().getMessage()
                    + ". Delete the topics, make them anew, and restore again.", failed.get());
        }
        return positions;
    }

    /** @return the records' former offsets */
    private List<Long> write(TopicPartition partition, KafkaProducer<byte[], byte[]> producer, AtomicReference<Exception> failed) throws IOException {
        List<Long> offsets = new ArrayList<>();
        try (TopicFiles.Reader reader = files.read(partition)) {
            for (SavedRecord record = reader.next(); record != null; record = reader.next()) {
                offsets.add(record.offset());
                producer.send(record.in(partition.topic(), partition.partition()), (metadata, e) -> failed.compareAndSet(null, e));
            }
        }
        return offsets;
    }

    private void goOn(TopicPartition partition, List<Long> offsets, Map<String, Map<TopicPartition, Long>> positions) {
        backup.groups().forEach((group, topics) -> {
            Long before = topics.getOrDefault(partition.topic(), Map.of()).get(partition.partition());
            if (before != null) {
                positions.computeIfAbsent(group, name -> new HashMap<>()).put(partition, position(offsets, before));
            }
        });
    }

    /** Where the first record lies now that the group had not read. @param offsets of the saved records, ascending */
    static long position(List<Long> offsets, long before) {
        return offsets.stream().takeWhile(offset -> offset < before).count();
    }
}
