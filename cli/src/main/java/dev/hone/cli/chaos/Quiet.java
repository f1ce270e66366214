package dev.hone.cli.chaos;

import dev.hone.cli.chaos.check.Work;
import dev.hone.events.KafkaSettings;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** How far each group of readers is behind. */
final class Quiet {
    private Quiet() {}

    /** Records not committed, by {@code group topic/partition}. */
    static Map<String, Long> lags(KafkaSettings kafka) throws InterruptedException {
        Map<String, Object> all = new HashMap<>(kafka.admin());
        all.putAll(Map.of("default.api.timeout.ms", 20_000, "request.timeout.ms", 10_000));
        try (Admin admin = Admin.create(all)) {
            Map<String, Long> lags = new TreeMap<>();
            for (Map.Entry<String, Set<String>> group : Work.groups().entrySet()) {
                Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(group.getKey()).partitionsToOffsetAndMetadata().get();
                ends(admin, group.getValue()).forEach((partition, end) -> {
                    OffsetAndMetadata offset = committed.get(partition);
                    lags.put(group.getKey() + " " + partition.topic() + "/" + partition.partition(), end.offset() - (offset == null ? 0 : offset.offset()));
                });
            }
            return lags;
        } catch (ExecutionException e) {
            throw new org.apache.kafka.common.KafkaException("the offsets cannot be read", e.getCause());
        }
    }

    private static Map<TopicPartition, ListOffsetsResult.ListOffsetsResultInfo> ends(Admin admin, Set<String> topics) throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        admin.describeTopics(topics).allTopicNames().get().values().forEach(topic -> topic.partitions()
                .forEach(partition -> wanted.put(new TopicPartition(topic.name(), partition.partition()), OffsetSpec.latest())));
        return admin.listOffsets(wanted).all().get();
    }
}
