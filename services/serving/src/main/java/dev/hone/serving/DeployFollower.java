package dev.hone.serving;

import dev.hone.events.Event;
import dev.hone.events.Inbox;
import dev.hone.events.InvalidEvent;
import dev.hone.events.Topic;
import dev.hone.v1.Deploy;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the registry equal to the compacted deploy topic: reads all of it, then follows. No consumer group and no
 * committed offset, because every replica needs every record, and all of them again after a restart.
 */
final class DeployFollower implements Runnable, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeployFollower.class);
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration ORDERLY_END = Duration.ofSeconds(5);

    private final String bootstrapServers;
    private final Inbox inbox;
    private final ModelRegistry registry;
    private final Thread thread;
    private final CountDownLatch stop = new CountDownLatch(1);
    private volatile KafkaConsumer<String, byte[]> consumer;

    DeployFollower(String bootstrapServers, Inbox inbox, ModelRegistry registry) {
        this.bootstrapServers = bootstrapServers;
        this.inbox = inbox;
        this.registry = registry;
        this.thread = Thread.ofPlatform().name("deploy-follower").daemon().unstarted(this);
    }

    void start() {
        thread.start();
    }

    @Override
    public void run() {
        while (!isStopping()) {
            try (KafkaConsumer<String, byte[]> opened = open()) {
                consumer = opened;
                replayAndFollow(opened);
            } catch (WakeupException e) {
                // Only close() wakes it up, and that ends the loop.
            } catch (InterruptedException e) {
                return;
            } catch (KafkaException e) {
                LOG.warn("deploy topic unavailable, trying again reason={}", e.toString());
                pause();
            } catch (RuntimeException e) {
                LOG.error("bug while following the deploy topic, reading it again", e);
                pause();
            }
        }
    }

    private KafkaConsumer<String, byte[]> open() {
        return new KafkaConsumer<>(Map.of("bootstrap.servers", bootstrapServers, "enable.auto.commit", false,
                "auto.offset.reset", "earliest", "allow.auto.create.topics", false, "client.id", "hone-serving-registry"),
                new StringDeserializer(), new ByteArrayDeserializer());
    }

    private void replayAndFollow(KafkaConsumer<String, byte[]> opened) throws InterruptedException {
        List<TopicPartition> partitions = opened.partitionsFor(Topic.DEPLOY.topicName()).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition())).toList();
        if (partitions.isEmpty()) {
            throw new KafkaException("topic " + Topic.DEPLOY.topicName() + " does not exist yet");
        }
        opened.assign(partitions);
        opened.seekToBeginning(partitions);
        Map<String, Event<Deploy>> last = lastOfEachName(opened, opened.endOffsets(partitions));
        if (isStopping()) {
            return;
        }
        registry.replay(last);
        LOG.info("registry replayed partitions={}", partitions.size());
        while (!isStopping()) {
            for (ConsumerRecord<String, byte[]> record : opened.poll(POLL)) {
                if (isWithdrawal(record)) {
                    registry.withdraw(record.key());
                } else {
                    inbox.<Deploy>handle(Topic.DEPLOY, record, event -> registry.deploy(named(record, event)));
                }
            }
        }
    }

    /** Only the last word on each name counts, so that a restart loads no model twice. */
    private Map<String, Event<Deploy>> lastOfEachName(KafkaConsumer<String, byte[]> opened, Map<TopicPartition, Long> ends) throws InterruptedException {
        Map<String, Event<Deploy>> last = new HashMap<>();
        while (!isStopping() && ends.entrySet().stream().anyMatch(end -> opened.position(end.getKey()) < end.getValue())) {
            for (ConsumerRecord<String, byte[]> record : opened.poll(POLL)) {
                if (isWithdrawal(record)) {
                    last.remove(record.key());
                } else {
                    inbox.<Deploy>handle(Topic.DEPLOY, record, event -> last.put(record.key(), named(record, event)));
                }
            }
        }
        return last;
    }

    private static boolean isWithdrawal(ConsumerRecord<String, byte[]> record) {
        return record.value() == null && record.key() != null;
    }

    /** Compaction and withdrawal go by the key, so a record under another key would never be replaced or withdrawn. */
    private static Event<Deploy> named(ConsumerRecord<String, byte[]> record, Event<Deploy> event) throws InvalidEvent {
        if (!event.data().getModelName().equals(record.key())) {
            throw new InvalidEvent("wrong_key", "Expected the record's key to be its model_name " + event.data().getModelName() + ", found " + record.key() + ".");
        }
        return event;
    }

    /** Ends at once when the service stops. */
    private void pause() {
        try {
            stop.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            stop.countDown();
        }
    }

    private boolean isStopping() {
        return stop.getCount() == 0;
    }

    @Override
    public void close() {
        stop.countDown();
        KafkaConsumer<String, byte[]> open = consumer;
        if (open != null) {
            open.wakeup();
        }
        try {
            if (!thread.join(ORDERLY_END)) {
                // it waits for something that is away; interrupting a consumer at work would only make it complain
                thread.interrupt();
                thread.join(ORDERLY_END);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
