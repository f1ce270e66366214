package dev.hone.cli.bench;

import dev.hone.events.KafkaSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** How many records of a topic a service has not acknowledged yet: what an autoscaler looks at. */
final class Lag implements AutoCloseable {
    private static final Duration LOOK = Duration.ofMillis(50);

    private final Admin admin;

    Lag(KafkaSettings kafka) {
        this.admin = Admin.create(kafka.admin());
    }

    long of(String group, String topic) throws InterruptedException {
        try {
            Map<TopicPartition, OffsetAndMetadata> done = admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
            Map<TopicPartition, OffsetSpec> partitions = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().stream()
                    .map(info -> new TopicPartition(topic, info.partition())).collect(Collectors.toMap(Function.identity(), partition -> OffsetSpec.latest()));
            return admin.listOffsets(partitions).all().get().entrySet().stream()
                    .mapToLong(end -> end.getValue().offset() - (done.get(end.getKey()) == null ? 0 : done.get(end.getKey()).offset())).sum();
        } catch (ExecutionException e) {
            throw new KafkaException("the lag of " + group + " on " + topic + " cannot be read", e.getCause());
        }
    }

    void awaitNone(String group, String topic) throws InterruptedException {
        while (of(group, topic) > 0) {
            Thread.sleep(LOOK);
        }
    }

    @Override
    public void close() {
        admin.close();
    }
}
