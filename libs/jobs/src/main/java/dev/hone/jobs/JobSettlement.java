package dev.hone.jobs;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that the end of a Job is told before the Job can go: first the word, then the finalizer is taken away. Between
 * the two everything may be killed, and is done again; two of these at once say the same under the same id.
 */
final class JobSettlement {

    private static final Logger LOG = LoggerFactory.getLogger(JobSettlement.class);
    /** Somebody else changed or removed the Job meanwhile; what became of it comes as the next change. */
    private static final Set<Integer> OVERTAKEN = Set.of(404, 409, 422);

    private final KubernetesClient client;
    private final String namespace;
    private final JobFailureListener listener;
    private final PodReport pods;
    private final WaitingJobs waiting;

    JobSettlement(KubernetesClient client, String namespace, JobFailureListener listener, PodReport pods) {
        this.client = client;
        this.namespace = namespace;
        this.listener = listener;
        this.pods = pods;
        this.waiting = new WaitingJobs(pods, listener);
    }

    /** @throws RuntimeException when the end could not be told or noted: then nothing is lost, and it is to be done again */
    void settle(Job seen) {
        if (isTold(seen)) {
            return;
        }
        JobEnd.of(seen).ifPresent(end -> settle(seen, end));
    }

    /** The same, and a word on what a Job that goes on waits for. */
    void look(Job seen) {
        settle(seen);
        if (!isTold(seen) && JobEnd.of(seen).isEmpty()) {
            waiting.look(seen);
        }
    }

    /** A Job that was seen to go. Usually it was told and went its way; a finalizer can be taken off by force, too. */
    void vanished(Job last, boolean unseen) {
        waiting.forget(last);
        if (!unseen && !isTold(last) && JobEnd.of(last).isEmpty() && now(last) == null) {
            tell(last, new JobEnd(JobEnd.Kind.LOST, JobEnd.DELETED, "it was deleted before it had ended", Optional.empty()), Optional.empty());
        }
    }

    private void settle(Job seen, JobEnd end) {
        waiting.forget(seen);
        Optional<Job> job = end.kind() == JobEnd.Kind.LOST ? lost(seen, end) : Optional.of(seen);
        job.ifPresent(settled -> release(settled, end));
    }

    /**
     * The Job as it was told; empty when somebody else has told it meanwhile. The pods are asked first: while the Job's end is
     * not told they are there, unless its time to live is over, so that two replicas give the same reason.
     */
    private Optional<Job> lost(Job seen, JobEnd end) {
        Optional<PodReport.Death> death = pods.lastDeath(seen.getMetadata().getName());
        Optional<Job> job = Optional.ofNullable(now(seen)).filter(now -> !isTold(now));
        job.ifPresent(now -> tell(now, end, death));
        return job;
    }

    private void tell(Job job, JobEnd end, Optional<PodReport.Death> death) {
        String name = job.getMetadata().getName();
        LOG.error("job lost job={} reason={} message={}", name, end.reason(), end.message());
        listener.lost(name, JobManifest.event(job), new LostJob(namespace, job, end, death).failure());
    }

    static boolean isTold(Job job) {
        Map<String, String> labels = job.getMetadata().getLabels();
        return labels != null && labels.containsKey(JobManifest.TOLD);
    }

    /** The Job as it is now; null when it is gone, or another one has its name. */
    private Job now(Job seen) {
        Job job = client.batch().v1().jobs().inNamespace(namespace).withName(seen.getMetadata().getName()).get();
        return job == null || !job.getMetadata().getUid().equals(seen.getMetadata().getUid()) ? null : job;
    }

    /** With the version that was looked at, so that a finalizer that somebody else set meanwhile is not taken away. */
    private void release(Job job, JobEnd end) {
        List<String> all = Optional.ofNullable(job.getMetadata().getFinalizers()).orElse(List.of());
        List<String> others = all.stream().filter(name -> !name.equals(JobManifest.TOLD)).toList();
        Map<String, Object> metadata = new HashMap<>(Map.of("labels", Map.of(JobManifest.TOLD, "true"), "resourceVersion", job.getMetadata().getResourceVersion()));
        metadata.put("finalizers", others.isEmpty() ? null : others);
        try {
            client.batch().v1().jobs().inNamespace(namespace).withName(job.getMetadata().getName())
                    .patch(PatchContext.of(PatchType.JSON_MERGE), Serialization.asJson(Map.of("metadata", metadata)));
            LOG.info("job ended job={} outcome={} reason={}", job.getMetadata().getName(), end.kind(), end.reason());
        } catch (KubernetesClientException e) {
            if (!OVERTAKEN.contains(e.getCode())) {
                throw e;
            }
            LOG.debug("job changed meanwhile job={} reason={}", job.getMetadata().getName(), e.getMessage());
        }
    }
}
