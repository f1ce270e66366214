package dev.hone.jobs;

import java.util.Optional;

/**
 * Where and with what a Kubernetes Job runs.
 *
 * @param namespace empty: the one this service runs in
 * @param image the service's own image: the job is another entry point of it
 * @param serviceAccount empty: the namespace's default
 * @param environmentFrom name of the ConfigMap and of the Secret whose entries become environment variables; empty: none
 * @param cpu request, as Kubernetes writes it
 * @param memory request and limit
 * @param gpus whole GPUs of {@code nvidia.com/gpu}; 0 runs on CPU
 * @param queue Kueue's local queue; empty: scheduled at once
 * @param backoffLimit pod failures other than those the job told of before the Job fails
 * @param secondsToLive how long a finished Job stays to be looked at
 * @param scratch where the image expects an empty writable folder; all else but {@code /tmp} is read-only
 * @param user numeric id the job runs as, never 0
 */
public record KubernetesConfig(Optional<String> namespace, String image, Optional<String> serviceAccount,
        Optional<String> environmentFrom, String cpu, String memory, int gpus, Optional<String> queue, int backoffLimit,
        int secondsToLive, String scratch, int user) {

    public KubernetesConfig {
        if (user < 1) {
            throw new IllegalArgumentException("Expected hone.jobs.kubernetes.user to be a user other than root, found " + user + ".");
        }
    }

    static KubernetesConfig from(JobConfig.Keys keys) {
        return new KubernetesConfig(
                keys.optional("kubernetes.namespace"),
                keys.text("kubernetes.image", ""),
                keys.optional("kubernetes.service-account"),
                keys.optional("kubernetes.environment-from"),
                keys.text("kubernetes.cpu", "2"),
                keys.text("kubernetes.memory", "8Gi"),
                keys.number("kubernetes.gpus", 0),
                keys.optional("kubernetes.queue"),
                keys.number("kubernetes.backoff-limit", 6),
                keys.number("kubernetes.seconds-to-live", 86_400),
                keys.text("kubernetes.scratch", "/scratch"),
                keys.number("kubernetes.user", 10_001));
    }
}
