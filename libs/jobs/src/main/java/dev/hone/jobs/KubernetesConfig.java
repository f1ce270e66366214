package dev.hone.jobs;

import java.util.Optional;

/**
 * Where Kubernetes Jobs run. Everything else that clusters differ in stands in the template.
 *
 * @param namespace empty: the one this service runs in
 * @param template the suspended CronJob that Jobs are made from; empty: named as the stage
 */
public record KubernetesConfig(Optional<String> namespace, Optional<String> template) {

    static KubernetesConfig from(JobConfig.Keys keys) {
        return new KubernetesConfig(keys.optional("kubernetes.namespace"), keys.optional("kubernetes.template"));
    }
}
