package dev.hone.jobs;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs jobs as Kubernetes Jobs; the cluster restarts and queues them, and keeps them when this service goes away. */
final class KubernetesJobLauncher implements JobLauncher {

    private static final Logger LOG = LoggerFactory.getLogger(KubernetesJobLauncher.class);
    private static final int BAD_REQUEST = 400;
    private static final int CONFLICT = 409;
    private static final int INVALID = 422;

    private final KubernetesClient client;
    private final JobConfig config;
    private final String namespace;
    private final String stage;
    private final String template;
    private final JobSettlement settlement;
    private final JobWatch watch;

    KubernetesJobLauncher(KubernetesClient client, JobConfig config, String stage, JobFailureListener listener) {
        this(client, config, stage, listener, JobWatch.SWEEP);
    }

    KubernetesJobLauncher(KubernetesClient client, JobConfig config, String stage, JobFailureListener listener, Duration sweep) {
        this.client = client;
        this.config = config;
        this.stage = stage;
        this.template = config.kubernetes().template().orElse(stage);
        this.namespace = config.kubernetes().namespace().orElseGet(client::getNamespace);
        this.settlement = new JobSettlement(client, namespace, listener, new PodReport(client, namespace));
        this.watch = new JobWatch(client, namespace, stage, settlement, sweep);
    }

    @Override
    public LaunchResult launch(JobSpec spec) throws IOException, JobFailure {
        try {
            Job job = new JobManifest(spec, config, stage).over(JobTemplate.read(client, namespace, template));
            return create(spec, job);
        } catch (KubernetesClientException e) {
            throw unavailable(spec, e);
        }
    }

    private LaunchResult create(JobSpec spec, Job job) throws IOException, JobFailure {
        try {
            client.batch().v1().jobs().inNamespace(namespace).resource(job).create();
            LOG.info("job launched job={} namespace={} template={}", spec.name(), namespace, template);
            return LaunchResult.LAUNCHED;
        } catch (KubernetesClientException e) {
            if (e.getCode() == CONFLICT) {
                return exists(spec, job);
            }
            if (e.getCode() == BAD_REQUEST || e.getCode() == INVALID) {
                throw refused(spec, e);
            }
            throw unavailable(spec, e);
        }
    }

    /** A Job that goes on, or ended after it was asked for, is the answer. One that ended before makes room for another try. */
    private LaunchResult exists(JobSpec spec, Job wanted) throws IOException, JobFailure {
        Job there = client.batch().v1().jobs().inNamespace(namespace).withName(spec.name()).get();
        if (there == null) {
            return create(spec, wanted);
        }
        if (there.getMetadata().getDeletionTimestamp() == null && !endedBefore(there, spec.placement().requestedAt())) {
            LOG.info("job exists job={} namespace={}", spec.name(), namespace);
            return LaunchResult.ALREADY_EXISTS;
        }
        settle(there);
        if (isGone(there)) {
            return create(spec, wanted);
        }
        throw new IOException("Expected the former Job " + spec.name() + " in namespace " + namespace + " to be gone before it begins anew, found it going.");
    }

    private static boolean endedBefore(Job job, Instant request) {
        Optional<Instant> end = JobEnd.of(job).flatMap(JobEnd::at);
        return end.isPresent() && end.get().isBefore(request);
    }

    private void settle(Job ended) throws IOException {
        try {
            settlement.settle(ended);
        } catch (RuntimeException e) {
            throw new IOException("Expected to tell the end of the former Job " + ended.getMetadata().getName() + ", found that it cannot be told yet: " + e, e);
        }
    }

    /** Deletes it as it is now: another replica may have put a new one in its place meanwhile. */
    private boolean isGone(Job ended) {
        Job now = client.batch().v1().jobs().inNamespace(namespace).withName(ended.getMetadata().getName()).get();
        if (now == null || !now.getMetadata().getUid().equals(ended.getMetadata().getUid())) {
            return true;
        }
        LOG.info("ended job is asked for again job={} namespace={}", now.getMetadata().getName(), namespace);
        client.batch().v1().jobs().inNamespace(namespace).resource(now).lockResourceVersion(now.getMetadata().getResourceVersion()).delete();
        return client.batch().v1().jobs().inNamespace(namespace).withName(now.getMetadata().getName()).get() == null;
    }

    /** The cluster would refuse the same again. */
    private JobFailure refused(JobSpec spec, KubernetesClientException e) {
        boolean asked = !spec.placement().resources().equals(spec.placement().resources().getDefaultInstanceForType());
        return new JobFailure("job_refused", "Expected the cluster to take Job " + spec.name() + " in namespace " + namespace + ", found: " + e.getMessage()
                + " Look at the recipe's resources and at the CronJob " + template + ", from which it is made.", asked, e);
    }

    private IOException unavailable(JobSpec spec, KubernetesClientException e) {
        return new IOException("Expected the cluster to take Job " + spec.name() + " in namespace " + namespace + ", found: " + e.getMessage(), e);
    }

    @Override
    public void close() {
        watch.close();
        client.close();
    }
}
