package dev.hone.quantizer;

import dev.hone.events.Event;
import dev.hone.events.EventPublisher;
import dev.hone.events.InvalidEvent;
import dev.hone.events.StructuredEvents;
import dev.hone.events.Topic;
import dev.hone.jobs.JobFailure;
import dev.hone.jobs.JobFailureListener;
import dev.hone.v1.AdapterTrained;
import dev.hone.v1.RunFailed;
import dev.hone.v1.RunProgress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says on {@code run.failed} that a run ended without a model. */
final class RunFailures implements JobFailureListener {

    static final String QUANTIZE = "quantize";

    private static final Logger LOG = LoggerFactory.getLogger(RunFailures.class);

    private final EventPublisher publisher;

    RunFailures(EventPublisher publisher) {
        this.publisher = publisher;
    }

    void tell(Event<AdapterTrained> event, JobFailure failure) {
        String runId = event.data().getRunId();
        LOG.warn("run failed runId={} stage={} code={} userError={}", runId, QUANTIZE, failure.code(), failure.userError());
        publisher.publish(Topic.RUN_FAILED, RunFailed.newBuilder()
                .setRunId(runId)
                .setStage(QUANTIZE)
                .setCode(failure.code())
                .setMessage(failure.getMessage())
                .setKind(failure.userError() ? "user_error" : "error")
                .setModelName(event.data().getModelName())
                .build(), event.asCause().correlated(runId));
    }

    /** A job's process is gone and could not say so itself. */
    @Override
    public void lost(String jobName, String event, JobFailure failure) {
        try {
            tell(StructuredEvents.parse(Topic.ADAPTER_TRAINED, event), failure);
        } catch (InvalidEvent e) {
            LOG.error("a lost job's event cannot be read job={} reason={}", jobName, e.getMessage());
        }
    }

    /** A job waits for the cluster. */
    @Override
    public void waits(String jobName, String event, String why) {
        try {
            Event<AdapterTrained> request = StructuredEvents.parse(Topic.ADAPTER_TRAINED, event);
            publisher.publishLater(Topic.RUN_PROGRESS, RunProgress.newBuilder().setRunId(request.data().getRunId()).setModelName(request.data().getModelName())
                    .setStage(QUANTIZE).setMessage(why).build(), request.asCause(), jobName + "/" + why);
        } catch (InvalidEvent e) {
            LOG.warn("a waiting job's event cannot be read job={} reason={}", jobName, e.getMessage());
        }
    }
}
