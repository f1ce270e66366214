package dev.hone.cli.backup;

import dev.hone.cli.console.Failure;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** How far each consumer group has read. */
final class Groups {
    private final Admin admin;

    Groups(Admin admin) {
        this.admin = admin;
    }

    /** By group, topic and partition, the next offset it would read. */
    Map<String, Map<String, Map<Integer, Long>>> positions(Set<String> topics) throws InterruptedException {
        Map<String, Map<String, Map<Integer, Long>>> all = new TreeMap<>();
        for (String group : names()) {
            Map<String, Map<Integer, Long>> read = new TreeMap<>();
            result(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata()).forEach((partition, offset) -> {
                if (offset != null && topics.contains(partition.topic())) {
                    read.computeIfAbsent(partition.topic(), topic -> new TreeMap<>()).put(partition.partition(), offset.offset());
                }
            });
            if (!read.isEmpty()) {
                all.put(group, read);
            }
        }
        return all;
    }

    /** @throws Failure when somebody reads: a group's place can be set only while nobody is in it */
    void requireNobodyReads(Collection<String> groups) throws InterruptedException {
        List<String> present = names().stream().filter(groups::contains).toList();
        List<String> busy = result(admin.describeConsumerGroups(present).all()).values().stream().filter(group -> !group.members().isEmpty())
                .map(ConsumerGroupDescription::groupId).sorted().toList();
        if (!busy.isEmpty()) {
            throw new Failure("Expected the services to be stopped, found readers in the consumer groups " + busy
                    + ". Stop them and try again; on Kubernetes: kubectl -n hone scale deployment --all --replicas=0");
        }
    }

    void set(String group, Map<TopicPartition, Long> positions) throws InterruptedException {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        positions.forEach((partition, offset) -> offsets.put(partition, new OffsetAndMetadata(offset)));
        result(admin.alterConsumerGroupOffsets(group, offsets).all());
    }

    private List<String> names() throws InterruptedException {
        return result(admin.listGroups(ListGroupsOptions.forConsumerGroups()).all()).stream().map(GroupListing::groupId).sorted().toList();
    }

    private static <T> T result(KafkaFuture<T> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException kafka ? kafka : new KafkaException(e.getCause());
        }
    }
}
