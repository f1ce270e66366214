package dev.hone.ingest;

import io.quarkus.scheduler.Scheduled;
import jakarta.inject.Singleton;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks into the inbox again and again: not every S3 server tells of new objects, and a notice can be lost.
 * Of several replicas one looks; two that do at once, while they change places, make the same dataset.
 */
@Singleton
class InboxPoll {
    private static final Logger LOG = LoggerFactory.getLogger(InboxPoll.class);

    private final InboxObjects objects;
    private final FeedbackListener feedback;

    InboxPoll(InboxObjects objects, FeedbackListener feedback) {
        this.objects = objects;
        this.feedback = feedback;
    }

    @Scheduled(every = "${hone.ingest.inbox-poll:2s}", concurrentExecution = Scheduled.ConcurrentExecution.SKIP, identity = "inbox-poll")
    void look() {
        if (!feedback.isFirst()) {
            return;
        }
        try {
            objects.takeAll();
        } catch (IOException e) {
            LOG.warn("inbox cannot be read, trying again reason={}", e.toString());
        }
    }
}
