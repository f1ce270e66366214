package dev.hone.evaluator;

import dev.hone.events.Event;
import dev.hone.events.EventPublisher;
import dev.hone.events.InvalidEvent;
import dev.hone.events.StructuredEvents;
import dev.hone.events.Topic;
import dev.hone.jobs.JobFailure;
import dev.hone.jobs.JobFailureListener;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.RunFailed;
import dev.hone.v1.RunProgress;
import jakarta.inject.Singleton;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says on {@code run.failed} that a run ended without numbers. A gate that says no is no failure. */
@Singleton
class RunFailures implements JobFailureListener {
    private static final Logger LOG = LoggerFactory.getLogger(RunFailures.class);

    private final EventPublisher publisher;

    RunFailures(EventPublisher publisher) {
        this.publisher = publisher;
    }

    void tell(Event<QuantizeDone> event, JobFailure failure) {
        String runId = event.data().getRunId();
        LOG.warn("run failed runId={} code={} userError={}", runId, failure.code(), failure.userError());
        publisher.publish(Topic.RUN_FAILED, RunFailed.newBuilder().setRunId(runId).setModelName(event.data().getModelName())
                .setStage(EvaluatorBeans.STAGE).setCode(failure.code()).setMessage(failure.getMessage())
                .setKind(failure.userError() ? "user_error" : "error").build(), event.asCause().correlated(runId));
    }

    /** A job's process is gone and could not say so itself. */
    @Override
    public void lost(String jobName, String event, JobFailure failure) {
        try {
            tell(StructuredEvents.parse(Topic.QUANTIZE_DONE, event), failure);
        } catch (InvalidEvent e) {
            LOG.error("a lost job's event cannot be read job={} reason={}", jobName, e.getMessage());
        }
    }

    /** A job waits for the cluster. */
    @Override
    public void waits(String jobName, String event, String why) {
        try {
            Event<QuantizeDone> request = StructuredEvents.parse(Topic.QUANTIZE_DONE, event);
            publisher.publishLater(Topic.RUN_PROGRESS, RunProgress.newBuilder().setRunId(request.data().getRunId()).setModelName(request.data().getModelName())
                    .setStage(EvaluatorBeans.STAGE).setMessage(why).build(), request.asCause(), jobName + "/" + why);
        } catch (InvalidEvent e) {
            LOG.warn("a waiting job's event cannot be read job={} reason={}", jobName, e.getMessage());
        }
    }
}
