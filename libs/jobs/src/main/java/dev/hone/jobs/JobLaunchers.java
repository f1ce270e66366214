package dev.hone.jobs;

import io.fabric8.kubernetes.client.KubernetesClientBuilder;

/** Chooses where a service's jobs run. */
public final class JobLaunchers {

    private JobLaunchers() {}

    /**
     * Open jobs of a former life of the service continue at once.
     *
     * @param stage what this service's jobs do: train, quantize or evaluate
     * @param listener hears of jobs that were lost
     */
    public static JobLauncher create(JobConfig config, String stage, JobFailureListener listener) {
        return switch (config.launcher()) {
            case PROCESS -> new ProcessJobLauncher(config, listener);
            case KUBERNETES -> new KubernetesJobLauncher(new KubernetesClientBuilder().build(), config, stage, listener);
        };
    }
}
