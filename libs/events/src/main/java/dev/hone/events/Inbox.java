package dev.hone.events;

import com.google.protobuf.Message;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a service's records arrive. A record that can never be handled goes to the dead letters and does not hold up
 * those behind it; while something is unavailable (an {@link IOException}, a retriable Kafka error) it tries again
 * with back-off for as long as it takes; anything else is a bug: it is logged as an error and its record put aside.
 */
public final class Inbox {
    private static final Logger LOG = LoggerFactory.getLogger(Inbox.class);

    /** Acts on one event. */
    @FunctionalInterface
    public interface Handler<T extends Message> {
        /** @throws InvalidEvent to put the event aside; IOException to try again later */
        void handle(Event<T> event) throws Exception;
    }

    private final EventPublisher publisher;
    private final Duration firstPause;
    private final Duration longestPause;

    public Inbox(EventPublisher publisher) {
        this(publisher, Duration.ofMillis(200), Duration.ofSeconds(10));
    }

    Inbox(EventPublisher publisher, Duration firstPause, Duration longestPause) {
        this.publisher = publisher;
        this.firstPause = firstPause;
        this.longestPause = longestPause;
    }

    /** Decodes, checks and handles one record; returns when the record is done with, one way or the other. */
    public <T extends Message> void handle(Topic topic, ConsumerRecord<String, byte[]> record, Handler<T> handler) throws InterruptedException {
        try {
            Event<T> event = EventCodec.decode(topic, record);
            LOG.info("event received topic={} subject={} id={}", topic.topicName(), event.subject(), event.id());
            untilAvailable(event, handler);
        } catch (InvalidEvent e) {
            LOG.warn("event put aside topic={} offset={} code={} reason={}", record.topic(), record.offset(), e.code(), e.getMessage());
            publisher.deadLetter(record, e.code(), e.getMessage());
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            LOG.error("event put aside because of a bug topic={} offset={}", record.topic(), record.offset(), e);
            publisher.deadLetter(record, "internal_error", e.toString());
        }
    }

    private <T extends Message> void untilAvailable(Event<T> event, Handler<T> handler) throws Exception {
        for (Duration pause = firstPause; ; pause = longer(pause)) {
            try {
                handler.handle(event);
                return;
            } catch (IOException | UncheckedIOException | RetriableException | TimeoutException e) {
                LOG.warn("unavailable, trying again subject={} pauseMillis={} reason={}", event.subject(), pause.toMillis(), e.toString());
                Thread.sleep(pause);
            }
        }
    }

    private Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(longestPause) > 0 ? longestPause : twice;
    }
}
