package dev.hone.jobs;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;

/** Chooses where a service's jobs run. */
public final class JobLaunchers {

    private JobLaunchers() {}

    /**
     * Open jobs of a former life of the service continue at once.
     *
     * @param stage what this service's jobs do: train, quantize, qat or evaluate
     * @param listener hears of jobs that were lost
     */
    public static JobLauncher create(JobConfig config, String stage, JobFailureListener listener) {
        return switch (config.launcher()) {
            case PROCESS -> new ProcessJobLauncher(config, listener);
            case KUBERNETES -> new KubernetesJobLauncher(client(), config, stage, listener);
        };
    }

    /** Few tries by itself: whoever launches tries again for as long as it takes, and says so. */
    private static KubernetesClient client() {
        return new KubernetesClientBuilder().editOrNewConfig().withRequestRetryBackoffLimit(2).endConfig().build();
    }
}
