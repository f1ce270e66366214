package dev.hone.ingest;

import io.quarkus.scheduler.Scheduled;
import jakarta.inject.Singleton;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks into the inbox again and again: not every S3 server tells of new objects, and a notice can be lost. */
@Singleton
class InboxPoll {
    private static final Logger LOG = LoggerFactory.getLogger(InboxPoll.class);

    private final InboxObjects objects;

    InboxPoll(InboxObjects objects) {
        this.objects = objects;
    }

    @Scheduled(every = "${hone.ingest.inbox-poll:2s}", concurrentExecution = Scheduled.ConcurrentExecution.SKIP, identity = "inbox-poll")
    void look() {
        try {
            objects.takeAll();
        } catch (IOException e) {
            LOG.warn("inbox cannot be read, trying again reason={}", e.toString());
        }
    }
}
