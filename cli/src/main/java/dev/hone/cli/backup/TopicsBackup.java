package dev.hone.cli.backup;

import dev.hone.cli.console.Failure;
import dev.hone.events.KafkaSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads every record that lies in the topics when it begins. It belongs to no group: looking changes nothing. */
final class TopicsBackup implements AutoCloseable {
    private static final Duration A_MOMENT = Duration.ofMillis(200);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final TopicFiles files;

    TopicsBackup(KafkaSettings kafka, Path backup) {
        this.consumer = new KafkaConsumer<>(kafka.consumer(Map.of("enable.auto.commit", false, "default.api.timeout.ms", 15_000)),
                new ByteArrayDeserializer(), new ByteArrayDeserializer());
        this.files = new TopicFiles(backup);
    }

    /** How many partitions each topic has. @throws Failure when one is missing */
    Map<String, Integer> partitions(Iterable<String> topics) {
        Map<String, Integer> partitions = new TreeMap<>();
        for (String topic : topics) {
            int count = consumer.partitionsFor(topic).size();
            if (count == 0) {
                throw new Failure("Expected the topic " + topic + " on the broker, found none.");
            }
            partitions.put(topic, count);
        }
        return partitions;
    }

    /** @param told hears the number of records so far; @return of all records */
    long save(Map<String, Integer> topics, LongConsumer told) throws IOException {
        long records = 0;
        for (Map.Entry<String, Integer> topic : topics.entrySet()) {
            for (int partition = 0; partition < topic.getValue(); partition++) {
                records += save(new TopicPartition(topic.getKey(), partition), records, told);
            }
        }
        return records;
    }

    private long save(TopicPartition partition, long before, LongConsumer told) throws IOException {
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        long end = consumer.endOffsets(List.of(partition)).get(partition);
        long records = 0;
        try (TopicFiles.Writer writer = files.write(partition)) {
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(A_MOMENT)) {
                    writer.add(SavedRecord.of(record));
                    records++;
                }
                told.accept(before + records);
            }
        }
        return records;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
