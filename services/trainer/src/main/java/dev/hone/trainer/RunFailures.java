package dev.hone.trainer;

import dev.hone.events.Cause;
import dev.hone.events.Event;
import dev.hone.events.EventPublisher;
import dev.hone.events.InvalidEvent;
import dev.hone.events.StructuredEvents;
import dev.hone.events.Topic;
import dev.hone.jobs.JobFailure;
import dev.hone.jobs.JobFailureListener;
import dev.hone.v1.RunFailed;
import dev.hone.v1.RunProgress;
import dev.hone.v1.TrainRequested;
import jakarta.inject.Singleton;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says on {@code run.failed} that a run ended without an adapter. */
@Singleton
class RunFailures implements JobFailureListener {

    static final String PLAN = "plan";
    static final String TRAIN = "train";

    private static final Logger LOG = LoggerFactory.getLogger(RunFailures.class);

    private final EventPublisher publisher;

    RunFailures(EventPublisher publisher) {
        this.publisher = publisher;
    }

    /** @param runId the run's, or the dataset's while there is no run yet */
    void tell(String stage, String runId, String modelName, JobFailure failure, Cause cause) {
        LOG.warn("run failed runId={} stage={} code={} userError={}", runId, stage, failure.code(), failure.userError());
        publisher.publish(Topic.RUN_FAILED, RunFailed.newBuilder()
                .setRunId(runId)
                .setStage(stage)
                .setCode(failure.code())
                .setMessage(failure.getMessage())
                .setKind(failure.userError() ? "user_error" : "error")
                .setModelName(modelName)
                .build(), cause.correlated(runId));
    }

    /** A job's process is gone and could not say so itself. */
    @Override
    public void lost(String jobName, String event, JobFailure failure) {
        try {
            Event<TrainRequested> request = StructuredEvents.parse(Topic.TRAIN_REQUESTED, event);
            tell(TRAIN, request.data().getRunId(), request.data().getModelName(), failure, request.asCause());
        } catch (InvalidEvent e) {
            LOG.error("a lost job's event cannot be read job={} reason={}", jobName, e.getMessage());
        }
    }

    /** A job waits for the cluster. */
    @Override
    public void waits(String jobName, String event, String why) {
        try {
            Event<TrainRequested> request = StructuredEvents.parse(Topic.TRAIN_REQUESTED, event);
            publisher.publishLater(Topic.RUN_PROGRESS, RunProgress.newBuilder().setRunId(request.data().getRunId()).setModelName(request.data().getModelName())
                    .setStage(TRAIN).setMessage(why).build(), request.asCause(), jobName + "/" + why);
        } catch (InvalidEvent e) {
            LOG.warn("a waiting job's event cannot be read job={} reason={}", jobName, e.getMessage());
        }
    }
}
