package dev.hone.serving;

import dev.hone.events.EventCodec;
import dev.hone.events.InvalidEvent;
import dev.hone.events.KafkaSettings;
import dev.hone.events.Topic;
import dev.hone.serving.feedback.FeedbackDesk;
import dev.hone.serving.registry.ModelRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears what users said at any replica: candidates on trial are judged by it everywhere alike, and what was said once is
 * known to be. At a start it goes back a day, or to the beginning of the oldest trial.
 */
final class FeedbackFollower implements TopicFollower.Reading {
    private static final Logger LOG = LoggerFactory.getLogger(FeedbackFollower.class);
    private static final Duration LOOKING_BACK = Duration.ofDays(1);

    private final FeedbackDesk desk;
    private final ModelRegistry registry;
    private final Clock clock;

    private FeedbackFollower(FeedbackDesk desk, ModelRegistry registry, Clock clock) {
        this.desk = desk;
        this.registry = registry;
        this.clock = clock;
    }

    static TopicFollower of(KafkaSettings kafka, FeedbackDesk desk, ModelRegistry registry, Clock clock) {
        return new TopicFollower(kafka, Topic.FEEDBACK.topicName(), new FeedbackFollower(desk, registry, clock));
    }

    @Override
    public void read(KafkaConsumer<String, byte[]> opened, List<TopicPartition> partitions, TopicFollower follower) {
        seek(opened, partitions);
        while (!follower.isStopping()) {
            for (ConsumerRecord<String, byte[]> record : opened.poll(TopicFollower.POLL)) {
                hear(record);
            }
        }
    }

    private void seek(KafkaConsumer<String, byte[]> opened, List<TopicPartition> partitions) {
        Instant dayAgo = clock.instant().minus(LOOKING_BACK);
        long since = registry.oldestTrial().filter(trial -> trial.isBefore(dayAgo)).orElse(dayAgo).toEpochMilli();
        Map<TopicPartition, Long> ends = opened.endOffsets(partitions);
        Map<TopicPartition, OffsetAndTimestamp> places = opened.offsetsForTimes(partitions.stream().collect(Collectors.toMap(Function.identity(), partition -> since)));
        for (TopicPartition partition : partitions) {
            OffsetAndTimestamp place = places.get(partition);
            opened.seek(partition, place == null ? ends.get(partition) : place.offset());
        }
    }

    /** Ingest, whose work feedback is, puts aside what is no feedback; a second dead letter would help nobody. */
    private void hear(ConsumerRecord<String, byte[]> record) {
        try {
            desk.heard(EventCodec.decode(Topic.FEEDBACK, record));
        } catch (InvalidEvent e) {
            LOG.debug("no feedback offset={} reason={}", record.offset(), e.getMessage());
        }
    }
}
