package dev.hone.jobs;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at every Job of a stage whose end is not told yet: at once when it changes, and all of them again and again, so that
 * what could not be said for want of a broker is said later.
 *
 * <p>Told Jobs are not kept in memory: a label takes them out of what is watched.
 */
final class JobWatch implements AutoCloseable {

    static final Duration SWEEP = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(JobWatch.class);

    private final JobSettlement settlement;
    private final ScheduledExecutorService worker = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().name("job-watch").daemon().factory());
    private final SharedIndexInformer<Job> informer;

    JobWatch(KubernetesClient client, String namespace, String stage, JobSettlement settlement, Duration sweep) {
        this.settlement = settlement;
        this.informer = client.batch().v1().jobs().inNamespace(namespace)
                .withLabel(JobManifest.STAGE, stage).withoutLabel(JobManifest.TOLD).runnableInformer(0);
        informer.addEventHandler(new Changes());
        // an API server that is away must not keep the service from starting
        informer.exceptionHandler((started, problem) -> {
            LOG.warn("jobs cannot be watched, trying again stage={} reason={}", stage, problem.toString());
            return true;
        });
        informer.start();
        worker.scheduleWithFixedDelay(this::sweep, sweep.toMillis(), sweep.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        informer.close();
        worker.shutdownNow();
    }

    private void sweep() {
        for (Job job : informer.getStore().list()) {
            safely(() -> settlement.look(job), job);
        }
    }

    private void later(Runnable work, Job job) {
        try {
            worker.execute(() -> safely(work, job));
        } catch (RejectedExecutionException e) {
            LOG.debug("not looked at any more, this service ends job={}", job.getMetadata().getName());
        }
    }

    /** An exception here would end all later sweeps. */
    private static void safely(Runnable work, Job job) {
        try {
            work.run();
        } catch (RuntimeException e) {
            LOG.warn("job's end could not be told or noted yet, trying again job={} reason={}", job.getMetadata().getName(), e.toString());
        }
    }

    private final class Changes implements ResourceEventHandler<Job> {

        @Override
        public void onAdd(Job job) {
            later(() -> settlement.settle(job), job);
        }

        @Override
        public void onUpdate(Job before, Job now) {
            later(() -> settlement.settle(now), now);
        }

        @Override
        public void onDelete(Job job, boolean lastStateUnknown) {
            // who went unseen was told by somebody else, or the finalizer would have held it
            later(() -> settlement.vanished(job, lastStateUnknown), job);
        }
    }
}
