package dev.hone.architecture;

import java.util.List;
import java.util.Map;

/** The fields of KEDA's API that the manifests use, as its definition (keda.sh/v1alpha1, 2.21) has them. */
final class KedaModels {
    private KedaModels() {}

    record Metadata(String name, String namespace, Map<String, String> labels) {}

    record ScaledObject(String apiVersion, String kind, Metadata metadata, ScaledObjectSpec spec) {}

    record ScaledObjectSpec(Target scaleTargetRef, Integer minReplicaCount, Integer maxReplicaCount, Integer pollingInterval, Integer cooldownPeriod,
            Advanced advanced, List<Trigger> triggers) {}

    record Target(String name, String kind, String apiVersion, String envSourceContainerName) {}

    record Advanced(Autoscaler horizontalPodAutoscalerConfig) {}

    record Autoscaler(Behavior behavior) {}

    record Behavior(Rules scaleUp, Rules scaleDown) {}

    record Rules(Integer stabilizationWindowSeconds, List<Policy> policies) {}

    record Policy(String type, int value, int periodSeconds) {}

    /** @param metadata every value is text, numbers too */
    record Trigger(String type, String name, String metricType, Map<String, String> metadata, Reference authenticationRef) {}

    record Reference(String name, String kind) {}

    record TriggerAuthentication(String apiVersion, String kind, Metadata metadata, TriggerAuthenticationSpec spec) {}

    record TriggerAuthenticationSpec(List<Source> configMapTargetRef, List<Source> secretTargetRef) {}

    record Source(String parameter, String name, String key) {}
}
