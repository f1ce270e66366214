package dev.hone.serving;

import dev.hone.events.KafkaSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that reads all partitions of a topic, for as long as the service runs. No consumer group and no committed
 * offset, because every replica needs every record, and all of them again after a restart.
 */
final class TopicFollower implements Runnable, AutoCloseable {
    static final Duration POLL = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(TopicFollower.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration ORDERLY_END = Duration.ofSeconds(5);

    /** What is done with a topic. */
    interface Reading {
        /**
         * Reads until the follower stops. Begun again from nothing when the broker was away.
         *
         * @param consumer assigned to all partitions, at no place in particular
         */
        void read(KafkaConsumer<String, byte[]> consumer, List<TopicPartition> partitions, TopicFollower follower) throws InterruptedException;
    }

    private final KafkaSettings kafka;
    private final String topic;
    private final Reading reading;
    private final Thread thread;
    private final AtomicBoolean started = new AtomicBoolean();
    private final CountDownLatch stop = new CountDownLatch(1);
    private volatile KafkaConsumer<String, byte[]> consumer;

    TopicFollower(KafkaSettings kafka, String topic, Reading reading) {
        this.kafka = kafka;
        this.topic = topic;
        this.reading = reading;
        this.thread = Thread.ofPlatform().name(topic + "-follower").daemon().unstarted(this);
    }

    /** Once; again is harmless. */
    void start() {
        if (started.compareAndSet(false, true)) {
            thread.start();
        }
    }

    @Override
    public void run() {
        while (!isStopping()) {
            try (KafkaConsumer<String, byte[]> opened = open()) {
                consumer = opened;
                reading.read(opened, assigned(opened), this);
            } catch (WakeupException e) {
                // Only close() wakes it up, and that ends the loop.
            } catch (InterruptedException e) {
                return;
            } catch (KafkaException e) {
                LOG.warn("topic unavailable, trying again topic={} reason={}", topic, e.toString());
                pause();
            } catch (RuntimeException e) {
                LOG.error("bug while following a topic, reading it again topic={}", topic, e);
                pause();
            }
        }
    }

    private KafkaConsumer<String, byte[]> open() {
        return new KafkaConsumer<>(kafka.consumer(Map.of("enable.auto.commit", false,
                "auto.offset.reset", "earliest", "allow.auto.create.topics", false, "client.id", "hone-serving-" + topic)),
                new StringDeserializer(), new ByteArrayDeserializer());
    }

    private List<TopicPartition> assigned(KafkaConsumer<String, byte[]> opened) {
        List<TopicPartition> partitions = opened.partitionsFor(topic).stream().map(info -> new TopicPartition(info.topic(), info.partition())).toList();
        if (partitions.isEmpty()) {
            throw new KafkaException("topic " + topic + " does not exist yet");
        }
        opened.assign(partitions);
        return partitions;
    }

    /** Ends at once when the service stops. */
    private void pause() {
        try {
            stop.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            stop.countDown();
        }
    }

    boolean isStopping() {
        return stop.getCount() == 0;
    }

    /** Harmless if it was never started. */
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
        } catch (IllegalThreadStateException e) {
            LOG.debug("never started topic={}", topic);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
