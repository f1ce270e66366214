package dev.hone.events;

import com.google.protobuf.Message;
import dev.hone.v1.RunFailed;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says on {@code run.failed} that a run ended without a model. */
public final class RunFailures {
    private static final Logger LOG = LoggerFactory.getLogger(RunFailures.class);

    private final EventPublisher publisher;
    private final String stage;

    /** @param stage plan, train, quantize, evaluate, ingest or serve */
    public RunFailures(EventPublisher publisher, String stage) {
        this.publisher = publisher;
        this.stage = stage;
    }

    /**
     * @param runId     the run's, or the dataset's while there is no run yet
     * @param userError whether sending the same again would fail again
     */
    public void tell(String runId, String modelName, String code, String message, boolean userError, Cause cause) {
        LOG.warn("run failed runId={} stage={} code={} userError={}", runId, stage, code, userError);
        publisher.publish(Topic.RUN_FAILED, RunFailed.newBuilder()
                .setRunId(runId)
                .setStage(stage)
                .setCode(code)
                .setMessage(message)
                .setKind(userError ? "user_error" : "error")
                .setModelName(modelName)
                .build(), cause.correlated(runId));
    }

    /** The same for the run that an event is about, by the key of its topic. */
    public <T extends Message> void tell(Topic topic, Event<T> event, String modelName, String code, String message, boolean userError) {
        tell(topic.key(event.data()), modelName, code, message, userError, event.asCause());
    }
}
