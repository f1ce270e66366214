package dev.hone.cli.deploy;

import dev.hone.cli.home.Endpoints;
import dev.hone.events.Cause;
import dev.hone.events.Deployments;
import dev.hone.events.Event;
import dev.hone.events.EventCodec;
import dev.hone.events.EventPublisher;
import dev.hone.events.InvalidEvent;
import dev.hone.events.KafkaSettings;
import dev.hone.events.Topic;
import dev.hone.v1.Deploy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** The compacted topic that says what serves: its last word on a name, and the next one. */
final class DeployTopic {
    private static final Duration A_MOMENT = Duration.ofMillis(200);

    private final KafkaSettings kafka;

    DeployTopic(Endpoints endpoints) {
        this(endpoints.broker());
    }

    DeployTopic(KafkaSettings kafka) {
        this.kafka = kafka;
    }

    /** What serves under a name; empty if nothing was ever deployed under it, or it was withdrawn. */
    Optional<Deploy> last(String name) {
        Deploy last = null;
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(kafka.consumer(Map.of("fetch.max.wait.ms", 100,
                "enable.auto.commit", false, "default.api.timeout.ms", 15_000)), new StringDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(Topic.DEPLOY.topicName()).stream().map(p -> new TopicPartition(p.topic(), p.partition())).toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(A_MOMENT)) {
                    last = name.equals(record.key()) ? next(record, last) : last;
                }
            }
        }
        return Optional.ofNullable(last);
    }

    /** A broken record changes nothing: serving puts it aside. What a plain record replaced is known as long as the topic still has it. */
    static Deploy next(ConsumerRecord<String, byte[]> record, Deploy last) {
        if (record.value() == null) {
            return null;
        }
        try {
            Event<?> event = EventCodec.decode(Topic.DEPLOY, record);
            Deploy next = (Deploy) event.data();
            return last == null ? next : Deployments.after(last, next);
        } catch (InvalidEvent e) {
            return last;
        }
    }

    void say(Deploy deploy) {
        try (EventPublisher publisher = new EventPublisher(kafka, Topic.Writers.OTHERS)) {
            publisher.publish(Topic.DEPLOY, deploy, Cause.outside(UUID.randomUUID().toString()));
        }
    }
}
