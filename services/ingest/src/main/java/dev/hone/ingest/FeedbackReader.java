package dev.hone.ingest;

import dev.hone.events.Event;
import dev.hone.events.Inbox;
import dev.hone.events.InvalidEvent;
import dev.hone.events.KafkaSettings;
import dev.hone.events.Topic;
import dev.hone.ingest.feedback.FeedbackLogs;
import dev.hone.ingest.feedback.log.LogName;
import dev.hone.v1.FeedbackGiven;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.utils.Utils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that moves the feedback of some partitions to the store; the other replicas have the others. Its place in a
 * partition is what lies in the store, and Kafka's committed offset follows, for those who look at the lag. One thread
 * does all with the consumer, so that a partition that goes is at rest.
 */
final class FeedbackReader implements Runnable, ConsumerRebalanceListener {
    private static final Logger LOG = LoggerFactory.getLogger(FeedbackReader.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration ORDERLY_END = Duration.ofSeconds(20);
    private static final String TOPIC = Topic.FEEDBACK.topicName();

    private final KafkaSettings kafka;
    private final Inbox inbox;
    private final FeedbackLogs logs;
    private final Duration flushEvery;
    private final Watcher watcher;
    private final Thread thread = Thread.ofPlatform().name("feedback-reader").daemon().unstarted(this);
    private final Map<TopicPartition, FeedbackBatch> batches = new HashMap<>();
    private volatile Set<Integer> partitions = Set.of();
    private volatile boolean stopping;
    private volatile boolean abandoned;
    private volatile KafkaConsumer<String, byte[]> consumer;
    private String topicId;
    private int count;
    private long storeAwayUntil = System.nanoTime();

    /**
     * @param flushEvery how long an event may wait for others to be stored with
     */
    FeedbackReader(KafkaSettings kafka, Inbox inbox, FeedbackLogs logs, Duration flushEvery, Watcher watcher) {
        this.kafka = kafka;
        this.inbox = inbox;
        this.logs = logs;
        this.flushEvery = flushEvery;
        this.watcher = watcher;
    }

    /** Who wants to know what the reader does, on the reader's thread. */
    interface Watcher {
        /** A consumer begins its life; its meters end with it. */
        AutoCloseable watch(KafkaConsumer<String, byte[]> consumer);

        void heard(FeedbackGiven feedback);

        /** Events were stored. */
        void kept();
    }

    void start() {
        thread.start();
    }

    boolean isAlive() {
        return thread.isAlive() || stopping;
    }

    /** Whether this replica has the partition with this number at present. */
    boolean has(int partition) {
        return partitions.contains(partition);
    }

    @Override
    public void run() {
        while (!stopping) {
            try (KafkaConsumer<String, byte[]> opened = open(); AutoCloseable meters = watcher.watch(opened)) {
                consumer = opened;
                opened.subscribe(List.of(TOPIC), this);
                while (!stopping) {
                    read(opened);
                }
                if (!abandoned) {
                    end(opened);
                }
            } catch (InterruptedException | InterruptException e) {
                stopping = true;
            } catch (KafkaException e) {
                LOG.warn("feedback cannot be read, trying again reason={}", e.toString());
                rest();
            } catch (Exception e) {
                LOG.error("feedback cannot be read because of a bug, trying again", e);
                rest();
            } finally {
                onPartitionsLost(Set.copyOf(batches.keySet()));
            }
        }
    }

    private KafkaConsumer<String, byte[]> open() throws InterruptedException {
        describe();
        return new KafkaConsumer<>(kafka.consumer(Map.of("group.id", IngestBeans.SERVICE, "client.id", "hone-ingest-feedback", "enable.auto.commit", false,
                "auto.offset.reset", "earliest", "allow.auto.create.topics", false, "max.poll.records", FeedbackBatch.MOST_LINES)),
                new StringDeserializer(), new ByteArrayDeserializer());
    }

    private void describe() throws InterruptedException {
        try (Admin admin = Admin.create(kafka.admin())) {
            TopicDescription topic = admin.describeTopics(List.of(TOPIC)).allTopicNames().get(30, TimeUnit.SECONDS).get(TOPIC);
            Uuid id = topic.topicId();
            topicId = new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits()).toString();
            count = topic.partitions().size();
        } catch (ExecutionException | TimeoutException e) {
            throw new KafkaException("topic " + TOPIC + " cannot be described", e);
        }
    }

    private void rest() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stopping = true;
        }
    }

    /** What waits is stored before more is read: while the store is away, memory does not grow. */
    private void read(KafkaConsumer<String, byte[]> opened) throws InterruptedException {
        batches.forEach((partition, batch) -> {
            if (!isStoreAway() && batch.isDue(flushEvery)) {
                store(opened, partition, batch);
            }
        });
        batches.forEach((partition, batch) -> {
            if (!isStoreAway()) {
                begin(opened, partition, batch);
            }
        });
        for (ConsumerRecord<String, byte[]> record : opened.poll(POLL)) {
            FeedbackBatch batch = batches.get(new TopicPartition(record.topic(), record.partition()));
            if (batch != null && batch.isOpen()) {
                inbox.<FeedbackGiven>handle(Topic.FEEDBACK, record, event -> {
                    batch.add(FeedbackLogs.line(checked(event), record.offset()));
                    watcher.heard(event.data());
                });
                batch.saw(record.offset());
            }
        }
    }

    private boolean isStoreAway() {
        return System.nanoTime() - storeAwayUntil < 0;
    }

    private static Event<FeedbackGiven> checked(Event<FeedbackGiven> event) throws InvalidEvent {
        if (event.data().getPromptCount() == 0 && !event.data().getCorrection().isBlank()) {
            throw new InvalidEvent("no_prompt", "Expected the conversation in prompt beside a correction, found none: there is nothing to learn it for.");
        }
        return event;
    }

    /** Opens a partition's log, and reads on where that ends. Does nothing with one that is open and wants more. */
    private void begin(KafkaConsumer<String, byte[]> opened, TopicPartition partition, FeedbackBatch batch) {
        if (!batch.isOpen()) {
            OffsetAndMetadata committed = opened.committed(Set.of(partition)).get(partition);
            long start = committed != null ? committed.offset() : opened.beginningOffsets(List.of(partition)).get(partition);
            try {
                batch.open(logs.open(new LogName(topicId, partition.partition()), () -> start, model -> partitionOf(model, count), count));
            } catch (IOException e) {
                storeIsAway(opened, e);
                return;
            }
            opened.seek(partition, Math.max(start, batch.next()));
            LOG.info("feedback is read partition={} offset={}", partition.partition(), batch.next());
        }
        opened.resume(List.of(partition));
    }

    private void store(KafkaConsumer<String, byte[]> opened, TopicPartition partition, FeedbackBatch batch) {
        try {
            batch.store();
        } catch (IOException e) {
            storeIsAway(opened, e);
            return;
        }
        try {
            opened.commitSync(Map.of(partition, new OffsetAndMetadata(batch.next())));
        } catch (CommitFailedException | RebalanceInProgressException e) {
            LOG.debug("partition moves meanwhile partition={}", partition.partition());
        }
        watcher.kept();
    }

    /** What was read waits in memory and no more is read, while the consumer stays in its group. */
    private void storeIsAway(KafkaConsumer<String, byte[]> opened, IOException reason) {
        LOG.warn("feedback cannot be stored, trying again reason={}", reason.toString());
        storeAwayUntil = System.nanoTime() + PAUSE.toNanos();
        opened.pause(opened.assignment());
    }

    /** As Kafka's own producer and every compatible one partition a key. */
    static int partitionOf(String model, int count) {
        byte[] key = model.getBytes(StandardCharsets.UTF_8);
        return Utils.toPositive(Utils.murmur2(key)) % count;
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
        consumer.pause(assigned);
        assigned.forEach(partition -> batches.put(partition, new FeedbackBatch()));
        tellWhich();
    }

    /** What was read of them and not stored, the next replica reads again. */
    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
        revoked.forEach(partition -> {
            batches.remove(partition);
            logs.close(new LogName(topicId, partition.partition()), count);
        });
        tellWhich();
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> lost) {
        onPartitionsRevoked(lost);
    }

    private void tellWhich() {
        partitions = Set.copyOf(batches.keySet().stream().map(TopicPartition::partition).toList());
    }

    private void end(KafkaConsumer<String, byte[]> opened) {
        batches.forEach((partition, batch) -> {
            if (batch.isOpen()) {
                store(opened, partition, batch);
            }
        });
        try {
            logs.checkpoint();
        } catch (IOException e) {
            LOG.warn("the place in the feedback cannot be noted, the next start looks for it reason={}", e.toString());
        }
    }

    /** Harmless if it was never started. */
    void stop() throws InterruptedException {
        stopping = true;
        if (thread.isAlive() && !thread.join(ORDERLY_END)) {
            abandon();
        }
    }

    /** Ends without storing what was read: whoever has the partitions next reads it again. */
    void abandon() throws InterruptedException {
        // Not by the interrupt alone: what it interrupts may take it for a failure of its own and go on.
        abandoned = true;
        stopping = true;
        thread.interrupt();
        thread.join(ORDERLY_END);
    }
}
