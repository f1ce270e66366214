package dev.hone.cli.run;

import dev.hone.events.Event;
import dev.hone.events.EventCodec;
import dev.hone.events.InvalidEvent;
import dev.hone.events.KafkaSettings;
import dev.hone.events.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Every event of some topics from their beginning on. It belongs to no group and commits nothing: looking changes nothing. */
public final class EventTail implements AutoCloseable {
    /** What a view of runs is made of. */
    public static final Set<Topic> RUNS = Set.of(Topic.DATASET_READY, Topic.TRAIN_REQUESTED, Topic.ADAPTER_TRAINED, Topic.QUANTIZE_DONE,
            Topic.EVAL_DONE, Topic.DEPLOY, Topic.RUN_PROGRESS, Topic.RUN_FAILED);

    private static final Duration A_MOMENT = Duration.ofMillis(200);

    private final KafkaConsumer<String, byte[]> consumer;
    private final Map<TopicPartition, Long> endsAtStart;

    public EventTail(KafkaSettings kafka, Set<Topic> topics) {
        consumer = new KafkaConsumer<>(kafka.consumer(Map.of("fetch.max.wait.ms", 100,
                "enable.auto.commit", false, "default.api.timeout.ms", 15_000)), new StringDeserializer(), new ByteArrayDeserializer());
        List<TopicPartition> partitions = new ArrayList<>();
        for (Topic topic : topics) {
            consumer.partitionsFor(topic.topicName()).forEach(p -> partitions.add(new TopicPartition(p.topic(), p.partition())));
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        endsAtStart = consumer.endOffsets(partitions);
    }

    /** Everything that lay there when the tail was opened. */
    public List<Event<?>> history() {
        List<Event<?>> events = new ArrayList<>();
        while (endsAtStart.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            events.addAll(next(A_MOMENT));
        }
        return events;
    }

    /** What came since the last call, waiting at most this long for the first. */
    public List<Event<?>> next(Duration patience) {
        List<Event<?>> events = new ArrayList<>();
        for (ConsumerRecord<String, byte[]> record : consumer.poll(patience)) {
            decode(record).ifPresent(events::add);
        }
        return events;
    }

    /** A broken record is its readers' business, who put it aside with a reason; a withdrawn key is no event. */
    private static Optional<Event<?>> decode(ConsumerRecord<String, byte[]> record) {
        if (record.value() == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(EventCodec.decode(Topic.named(record.topic()).orElseThrow(), record));
        } catch (InvalidEvent e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        consumer.close();
    }
}
