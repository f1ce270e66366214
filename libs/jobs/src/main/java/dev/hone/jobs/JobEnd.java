package dev.hone.jobs;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;

/**
 * How a Kubernetes Job has ended, as its status says.
 *
 * @param reason Kubernetes' word, or {@value #DELETED}
 * @param message Kubernetes' sentence
 * @param at when; empty while its pods still end
 */
record JobEnd(Kind kind, String reason, String message, Optional<Instant> at) {

    /** Somebody deleted the Job before it had ended. */
    static final String DELETED = "Deleted";
    /** Somebody, or the template's {@code activeDeadlineSeconds}, gave it a time, and it is over. */
    static final String DEADLINE = "DeadlineExceeded";
    /** The only rule of our pod failure policy that fails a Job is that of the codes which mean that the job has told. */
    private static final String POLICY = "PodFailurePolicy";

    /** What is left to say. */
    enum Kind {
        /** Nothing: its result is out. */
        DONE,
        /** Nothing: it has told of its failure itself. */
        TOLD,
        /** That it failed: it could not say so itself. */
        LOST
    }

    /** Empty while it goes on. */
    static Optional<JobEnd> of(Job job) {
        return condition(job, "Complete", "SuccessCriteriaMet").map(c -> ended(Kind.DONE, c))
                .or(() -> condition(job, "Failed", "FailureTarget").map(c -> ended(POLICY.equals(c.getReason()) ? Kind.TOLD : Kind.LOST, c)))
                .or(() -> deleted(job));
    }

    private static Optional<JobEnd> deleted(Job job) {
        if (job.getMetadata().getDeletionTimestamp() == null) {
            return Optional.empty();
        }
        boolean succeeded = job.getStatus() != null && job.getStatus().getSucceeded() != null && job.getStatus().getSucceeded() > 0;
        return Optional.of(new JobEnd(succeeded ? Kind.DONE : Kind.LOST, DELETED, "it was deleted before it had ended", Optional.empty()));
    }

    private static JobEnd ended(Kind kind, JobCondition condition) {
        boolean last = condition.getType().equals("Complete") || condition.getType().equals("Failed");
        Optional<Instant> at = last ? Optional.ofNullable(condition.getLastTransitionTime()).map(time -> OffsetDateTime.parse(time).toInstant()) : Optional.empty();
        return new JobEnd(kind, String.valueOf(condition.getReason()), String.valueOf(condition.getMessage()), at);
    }

    /** The first that holds; the last word comes before the one that announces it. */
    private static Optional<JobCondition> condition(Job job, String... types) {
        List<JobCondition> all = job.getStatus() == null ? List.of() : job.getStatus().getConditions();
        return List.of(types).stream()
                .flatMap(type -> all.stream().filter(c -> type.equals(c.getType()) && "True".equals(c.getStatus())))
                .findFirst();
    }
}
