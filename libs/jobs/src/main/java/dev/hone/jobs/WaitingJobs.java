package dev.hone.jobs;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says what a Job waits for that does not run, once for each reason, when two looks in a row have found it: what passes by
 * itself is not worth a word. Nothing is given up: nodes come, queues move and images are pushed; who wants an end sets
 * {@code activeDeadlineSeconds} in the template.
 */
final class WaitingJobs {

    private static final Logger LOG = LoggerFactory.getLogger(WaitingJobs.class);

    private final PodReport pods;
    private final JobFailureListener listener;
    private final Map<String, Reason> reasons = new ConcurrentHashMap<>();

    private record Reason(String why, boolean said) {}

    WaitingJobs(PodReport pods, JobFailureListener listener) {
        this.pods = pods;
        this.listener = listener;
    }

    void look(Job job) {
        reason(job).ifPresentOrElse(why -> found(job, why), () -> forget(job));
    }

    void forget(Job job) {
        reasons.remove(job.getMetadata().getUid());
    }

    private void found(Job job, String why) {
        String uid = job.getMetadata().getUid();
        Reason before = reasons.get(uid);
        boolean again = before != null && before.why().equals(why);
        if (again && !before.said()) {
            String name = job.getMetadata().getName();
            LOG.info("job waits job={} why={}", name, why);
            listener.waits(name, JobManifest.event(job), "waits: " + why);
        }
        reasons.put(uid, new Reason(why, again));
    }

    private Optional<String> reason(Job job) {
        if (Boolean.TRUE.equals(job.getSpec().getSuspend())) {
            String queue = job.getMetadata().getLabels().get(JobManifest.QUEUE);
            return Optional.of(queue == null ? "its Job is suspended" : "its turn in the queue " + queue);
        }
        return pods.waiting(job.getMetadata().getName());
    }
}
