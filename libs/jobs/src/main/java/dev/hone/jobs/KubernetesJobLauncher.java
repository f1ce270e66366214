package dev.hone.jobs;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs jobs as Kubernetes Jobs; the cluster restarts and queues them, and keeps them when this service goes away. */
final class KubernetesJobLauncher implements JobLauncher {

    private static final Logger LOG = LoggerFactory.getLogger(KubernetesJobLauncher.class);
    private static final int CONFLICT = 409;
    /** The reason of a Job that ended by a code which means that it told of its failure itself. */
    private static final String TOLD = "PodFailurePolicy";

    private final KubernetesClient client;
    private final JobConfig config;
    private final String namespace;
    private final String stage;
    private final JobFailureListener listener;
    private final SharedIndexInformer<Job> informer;

    KubernetesJobLauncher(KubernetesClient client, JobConfig config, String stage, JobFailureListener listener) {
        if (config.kubernetes().image().isEmpty()) {
            throw new IllegalArgumentException("Expected hone.jobs.kubernetes.image to name this service's own image, found none.");
        }
        this.client = client;
        this.config = config;
        this.stage = stage;
        this.listener = listener;
        this.namespace = config.kubernetes().namespace().orElseGet(client::getNamespace);
        this.informer = client.batch().v1().jobs().inNamespace(namespace).withLabel(KubernetesJobs.STAGE, stage).inform(new Watcher());
    }

    @Override
    public LaunchResult launch(JobSpec spec) throws IOException {
        try {
            client.batch().v1().jobs().inNamespace(namespace).resource(KubernetesJobs.job(spec, config, stage)).create();
            LOG.info("job launched job={} namespace={}", spec.name(), namespace);
            return LaunchResult.LAUNCHED;
        } catch (KubernetesClientException e) {
            if (e.getCode() == CONFLICT) {
                LOG.info("job exists job={} namespace={}", spec.name(), namespace);
                return LaunchResult.ALREADY_EXISTS;
            }
            throw new IOException("Expected the cluster to take Job " + spec.name() + " in namespace " + namespace
                    + ", found: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        informer.close();
        client.close();
    }

    private void ended(Job job) {
        failure(job).ifPresent(reason -> {
            String name = job.getMetadata().getName();
            LOG.error("job lost job={} reason={}", name, reason);
            listener.lost(name, KubernetesJobs.event(job).orElse(""), new JobFailure("job_crashed",
                    "Expected Job " + name + " to finish, found that it failed: " + reason
                            + ". See kubectl -n " + namespace + " describe job " + name + ".", false, null));
        });
    }

    private static Optional<String> failure(Job job) {
        if (job.getStatus() == null) {
            return Optional.empty();
        }
        return job.getStatus().getConditions().stream()
                .filter(condition -> "Failed".equals(condition.getType()) && "True".equals(condition.getStatus()))
                .filter(condition -> !TOLD.equals(condition.getReason()))
                .map(condition -> condition.getReason() + ", " + condition.getMessage())
                .findFirst();
    }

    /** Hears of every Job again after a restart of this service; its listener's event ids are deterministic. */
    private final class Watcher implements ResourceEventHandler<Job> {

        @Override
        public void onAdd(Job job) {
            ended(job);
        }

        @Override
        public void onUpdate(Job before, Job now) {
            if (failure(before).isEmpty()) {
                ended(now);
            }
        }

        @Override
        public void onDelete(Job job, boolean lastStateUnknown) {
            // A finished Job is deleted when its time to live is over.
        }
    }
}
