package dev.hone.events;

import com.google.protobuf.Message;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

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
    private final EventObserver observer;
    private final Duration firstPause;
    private final Duration longestPause;

    public Inbox(EventPublisher publisher) {
        this(publisher, EventObserver.NOBODY);
    }

    public Inbox(EventPublisher publisher, EventObserver observer) {
        this(publisher, observer, Duration.ofMillis(200), Duration.ofSeconds(10));
    }

    Inbox(EventPublisher publisher, EventObserver observer, Duration firstPause, Duration longestPause) {
        this.publisher = publisher;
        this.observer = observer;
        this.firstPause = firstPause;
        this.longestPause = longestPause;
    }

    /** Decodes, checks and handles one record; returns when the record is done with, one way or the other. */
    public <T extends Message> void handle(Topic topic, ConsumerRecord<String, byte[]> record, Handler<T> handler) throws InterruptedException {
        long start = System.nanoTime();
        Span span = EventSpans.process(topic, record);
        try (Scope within = span.makeCurrent()) {
            handle(topic, record, handler, span);
            observer.handled(topic, Duration.ofNanos(System.nanoTime() - start));
        } finally {
            span.end();
        }
    }

    private <T extends Message> void handle(Topic topic, ConsumerRecord<String, byte[]> record, Handler<T> handler, Span span) throws InterruptedException {
        try {
            Event<T> event = EventCodec.<T>decode(topic, record).within(EventSpans.traceparent(span));
            EventSpans.describe(span, event);
            LOG.atLevel(topic == Topic.FEEDBACK ? Level.DEBUG : Level.INFO).log("event received topic={} subject={} id={}", topic.topicName(), event.subject(), event.id());
            untilAvailable(topic, event, handler);
        } catch (InvalidEvent e) {
            LOG.warn("event put aside topic={} offset={} code={} reason={}", record.topic(), record.offset(), e.code(), e.getMessage());
            putAside(topic, record, e.code(), e.getMessage(), span);
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            stopIfInterrupted();
            LOG.error("event put aside because of a bug topic={} offset={}", record.topic(), record.offset(), e);
            putAside(topic, record, "internal_error", e.toString(), span);
        }
    }

    /** A service that stops interrupts what waits for the broker: its record was not handled, and nothing is wrong with it. */
    private static void stopIfInterrupted() throws InterruptedException {
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedException("the service stops before the record was handled");
        }
    }

    /** Tried for as long as it takes: a reader that failed here would stop reading, because the broker was away. */
    private void putAside(Topic topic, ConsumerRecord<String, byte[]> record, String code, String message, Span span) throws InterruptedException {
        EventSpans.failed(span, code, message);
        for (Duration pause = firstPause; !isPutAside(record, code, message); pause = longer(pause)) {
            Thread.sleep(pause);
        }
        observer.putAside(topic, code);
    }

    private boolean isPutAside(ConsumerRecord<String, byte[]> record, String code, String message) throws InterruptedException {
        try {
            publisher.deadLetter(record, code, message);
            return true;
        } catch (KafkaException e) {
            stopIfInterrupted();
            if (!(e instanceof RetriableException)) {
                throw e;
            }
            LOG.warn("dead letter not written, trying again topic={} offset={} reason={}", record.topic(), record.offset(), e.toString());
            return false;
        }
    }

    private <T extends Message> void untilAvailable(Topic topic, Event<T> event, Handler<T> handler) throws Exception {
        for (Duration pause = firstPause; ; pause = longer(pause)) {
            try {
                handler.handle(event);
                return;
            } catch (IOException | UncheckedIOException | RetriableException | TimeoutException e) {
                observer.unavailable(topic);
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
