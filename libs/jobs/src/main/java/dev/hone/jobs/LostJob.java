package dev.hone.jobs;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.Objects;
import java.util.Optional;

/** The words for a Job that could not say itself why it failed: what was expected, what was found, what to do. */
record LostJob(String namespace, Job job, JobEnd end, Optional<PodReport.Death> death) {

    JobFailure failure() {
        String name = job.getMetadata().getName();
        String found = "Expected Job " + name + " to finish, found that ";
        if (death.filter(PodReport.Death::isOutOfMemory).isPresent()) {
            return new JobFailure("out_of_memory", found + "its pods were killed for using more memory than they may" + limit()
                    + ". Ask for more with resources.memory in the recipe, or for less work at once with micro_batch_size.", false, null);
        }
        if (end.reason().equals(JobEnd.DELETED)) {
            return new JobFailure("job_deleted", found + end.message() + ". If the run shall go on, ask for it again; what was checkpointed is kept.", false, null);
        }
        if (end.reason().equals(JobEnd.DEADLINE)) {
            return new JobFailure("job_deadline", found + "the time it may take is over (activeDeadlineSeconds of its template). Raise it and ask for"
                    + " the run again; what was checkpointed is kept.", false, null);
        }
        return new JobFailure("job_crashed", found + "it failed: " + end.reason() + ", " + end.message()
                + death.map(last -> " Its last pod ended with " + last + ".").orElse("")
                + " See kubectl -n " + namespace + " describe job " + name + ".", false, null);
    }

    private String limit() {
        return job.getSpec().getTemplate().getSpec().getContainers().stream().filter(c -> c.getName().equals(JobTemplate.CONTAINER))
                .map(c -> c.getResources() == null || c.getResources().getLimits() == null ? null : c.getResources().getLimits().get("memory"))
                .filter(Objects::nonNull).map(Quantity::toString).map(memory -> ", " + memory).findFirst().orElse("");
    }
}
