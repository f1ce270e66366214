package dev.hone.serving;

import dev.hone.events.Deployments;
import dev.hone.events.Event;
import dev.hone.events.Inbox;
import dev.hone.events.InvalidEvent;
import dev.hone.events.KafkaSettings;
import dev.hone.events.Topic;
import dev.hone.serving.registry.ModelRegistry;
import dev.hone.v1.Deploy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the registry equal to the compacted deploy topic: reads all of it, then follows. */
final class DeployFollower implements TopicFollower.Reading {
    private static final Logger LOG = LoggerFactory.getLogger(DeployFollower.class);

    private final Inbox inbox;
    private final ModelRegistry registry;
    private final Runnable onReplayed;

    /** @param onReplayed called each time the topic was read to its end */
    DeployFollower(Inbox inbox, ModelRegistry registry, Runnable onReplayed) {
        this.inbox = inbox;
        this.registry = registry;
        this.onReplayed = onReplayed;
    }

    static TopicFollower of(KafkaSettings kafka, Inbox inbox, ModelRegistry registry, Runnable onReplayed) {
        return new TopicFollower(kafka, Topic.DEPLOY.topicName(), new DeployFollower(inbox, registry, onReplayed));
    }

    @Override
    public void read(KafkaConsumer<String, byte[]> opened, List<TopicPartition> partitions, TopicFollower follower) throws InterruptedException {
        opened.seekToBeginning(partitions);
        Map<String, Event<Deploy>> last = lastOfEachName(opened, opened.endOffsets(partitions), follower);
        if (follower.isStopping()) {
            return;
        }
        registry.replay(last);
        LOG.info("registry replayed partitions={} names={}", partitions.size(), last.size());
        onReplayed.run();
        while (!follower.isStopping()) {
            for (ConsumerRecord<String, byte[]> record : opened.poll(TopicFollower.POLL)) {
                if (isWithdrawal(record)) {
                    registry.withdraw(record.key());
                } else {
                    inbox.<Deploy>handle(Topic.DEPLOY, record, event -> registry.deploy(checked(record, event)));
                }
            }
        }
    }

    /** Only the last word on each name counts, so that a restart loads no model twice. */
    private Map<String, Event<Deploy>> lastOfEachName(KafkaConsumer<String, byte[]> opened, Map<TopicPartition, Long> ends, TopicFollower follower) throws InterruptedException {
        Map<String, Event<Deploy>> last = new HashMap<>();
        while (!follower.isStopping() && ends.entrySet().stream().anyMatch(end -> opened.position(end.getKey()) < end.getValue())) {
            for (ConsumerRecord<String, byte[]> record : opened.poll(TopicFollower.POLL)) {
                if (isWithdrawal(record)) {
                    last.remove(record.key());
                } else {
                    inbox.<Deploy>handle(Topic.DEPLOY, record, event -> last.put(record.key(), checked(record, event)));
                }
            }
        }
        return last;
    }

    private static boolean isWithdrawal(ConsumerRecord<String, byte[]> record) {
        return record.value() == null && record.key() != null;
    }

    /** Compaction and withdrawal go by the key, so a record under another key would never be replaced or withdrawn. */
    private static Event<Deploy> checked(ConsumerRecord<String, byte[]> record, Event<Deploy> event) throws InvalidEvent {
        if (!event.data().getModelName().equals(record.key())) {
            throw new InvalidEvent("wrong_key", "Expected the record's key to be its model_name " + event.data().getModelName() + ", found " + record.key() + ".");
        }
        Deployments.check(event.data());
        return event;
    }
}
