package dev.hone.ingest;

import dev.hone.events.Inbox;
import dev.hone.events.KafkaSettings;
import dev.hone.ingest.feedback.FeedbackLogs;
import dev.hone.ingest.feedback.FeedbackLoop;
import dev.hone.v1.FeedbackGiven;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.scheduler.Scheduled;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code feedback} → the next dataset, at once or when it has waited long enough. Making a dataset may take minutes, so
 * it is not done by the thread that reads.
 */
@Singleton
class FeedbackListener implements FeedbackReader.Watcher {
    private static final Logger LOG = LoggerFactory.getLogger(FeedbackListener.class);

    private final FeedbackLoop loop;
    private final FeedbackReader reader;
    private final IngestMetrics metrics;
    private final Semaphore kept = new Semaphore(0);
    private final Thread turning = Thread.ofPlatform().name("feedback-loop").daemon().unstarted(this::turn);

    FeedbackListener(KafkaSettings kafka, Inbox inbox, FeedbackLogs logs, FeedbackLoop loop, IngestMetrics metrics, IngestConfig config) {
        this.loop = loop;
        this.reader = new FeedbackReader(kafka, inbox, logs, config.ingest().feedback().flushEvery(), this);
        this.metrics = metrics;
    }

    void start(@Observes StartupEvent event) {
        reader.start();
        turning.start();
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        turning.interrupt();
        reader.stop();
    }

    /** Whether this is the one replica that does what only one need do: it has the first partition. */
    boolean isFirst() {
        return reader.has(0);
    }

    @Override
    public AutoCloseable watch(KafkaConsumer<String, byte[]> consumer) {
        return metrics.watch(consumer);
    }

    @Override
    public void heard(FeedbackGiven feedback) {
        metrics.given(feedback);
    }

    @Override
    public void kept() {
        kept.release();
    }

    private void turn() {
        try {
            while (true) {
                kept.acquire();
                kept.drainPermits();
                look();
            }
        } catch (InterruptedException e) {
            LOG.debug("told to stop");
        }
    }

    private void look() {
        try {
            loop.tick();
        } catch (IOException e) {
            LOG.warn("feedback cannot be looked at, trying again reason={}", e.toString());
        } catch (RuntimeException e) {
            LOG.error("feedback cannot be looked at because of a bug", e);
        }
    }

    @Scheduled(every = "${hone.ingest.feedback.check-every:30s}", concurrentExecution = Scheduled.ConcurrentExecution.SKIP, identity = "feedback-age")
    void age() {
        kept.release();
    }

    /** Whether both threads do their work. */
    boolean isAlive() {
        return reader.isAlive() && turning.isAlive();
    }
}
