package dev.hone.ingest;

import dev.hone.events.Event;
import dev.hone.events.Inbox;
import dev.hone.events.InvalidEvent;
import dev.hone.events.Topic;
import dev.hone.ingest.feedback.FeedbackLoop;
import dev.hone.v1.FeedbackGiven;
import io.quarkus.scheduler.Scheduled;
import io.smallrye.reactive.messaging.annotations.Blocking;
import jakarta.inject.Singleton;
import java.io.IOException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code feedback} → the next dataset, at once or when it has waited long enough. */
@Singleton
class FeedbackListener {
    private static final Logger LOG = LoggerFactory.getLogger(FeedbackListener.class);

    private final Inbox inbox;
    private final FeedbackLoop loop;

    FeedbackListener(Inbox inbox, FeedbackLoop loop) {
        this.inbox = inbox;
        this.loop = loop;
    }

    @Incoming("feedback")
    @Blocking("feedback")
    void feedback(ConsumerRecord<String, byte[]> record) throws InterruptedException {
        inbox.<FeedbackGiven>handle(Topic.FEEDBACK, record, this::keep);
    }

    private void keep(Event<FeedbackGiven> event) throws IOException, InvalidEvent {
        if (event.data().getPromptCount() == 0 && !event.data().getCorrection().isBlank()) {
            throw new InvalidEvent("no_prompt", "Expected the conversation in prompt beside a correction, found none: there is nothing to learn it for.");
        }
        loop.given(event);
    }

    @Scheduled(every = "${hone.ingest.feedback.check-every:30s}", concurrentExecution = Scheduled.ConcurrentExecution.SKIP, identity = "feedback-age")
    void age() {
        try {
            loop.tick();
        } catch (IOException e) {
            LOG.warn("feedback cannot be looked at, trying again reason={}", e.toString());
        }
    }
}
