package dev.hone.architecture;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What one object says of another is so: selectors select, ports are open, targets are there. */
class LinksTest {

    @ParameterizedTest
    @MethodSource("dev.hone.architecture.KustomizeTest#combinations")
    void givenACombination_whenWhatItsObjectsPointAtIsLookedFor_thenItIsThere(String combination) {
        ModuleArrowsTest.assertNone(Links.faults(Kustomize.render(combination)), "a selector without pods, or a route without a port, fails when it is needed");
    }

    @ParameterizedTest
    @CsvSource({
        "k8s/base, Service/ingest, spec.selector.app~kubernetes~io/name, ingst, selects 0 workloads",
        "k8s/base, Service/ingest, spec.ports.0.targetPort, web, no port web",
        "k8s/base, Service/ingest, spec.ports.0.targetPort, 8080, no port 8080",
        "k8s/base, Deployment/ingest, spec.template.spec.containers.0.livenessProbe.httpGet.port, web, no port web",
        "k8s/base, Deployment/ingest, spec.selector.matchLabels.app~kubernetes~io/name, other, does not select its own pods",
        "k8s/base, Deployment/ingest, spec.template.spec.topologySpreadConstraints.0.labelSelector.matchLabels.app~kubernetes~io/part-of, x, does not spread its own pods",
        "k8s/base, PodDisruptionBudget/ingest, spec.selector.matchLabels.app~kubernetes~io/name, x, selects 0 workloads",
        "k8s/base, PodDisruptionBudget/ingest, spec.minAvailable, 1, would block a drain",
        "k8s/tests/keda, ScaledObject/ingest, spec.scaleTargetRef.name, ingst, scales nothing",
        "k8s/tests/keda, ScaledObject/ingest, spec.scaleTargetRef.name, trainer, is not to be scaled",
        "k8s/tests/keda, ScaledObject/ingest, spec.triggers.0.metadata.topic, feedbck, no topic feedbck",
        "k8s/tests/keda, ScaledObject/ingest, spec.triggers.0.metadata.consumerGroup, other, no group other",
        "k8s/tests/keda, Deployment/ingest, spec.replicas, 1, set back by every apply",
        "k8s/tests/ingress, HTTPRoute/serving, spec.rules.0.backendRefs.0.port, 80, no Service serving with port 80",
        "k8s/tests/ingress, GRPCRoute/serving, spec.parentRefs.0.sectionName, x, no listener x",
        "k8s/tests/ingress, GRPCRoute/serving, 'spec.rules.0.matches.0.method.service', hone.v1.Inferences, no gRPC service",
        "k8s/tests/monitoring, PodMonitor/hone, spec.podMetricsEndpoints.0.port, web, no port web",
        "k8s/tests/kueue, LocalQueue/hone, spec.clusterQueue, x, no ClusterQueue x",
        "k8s/tests/kueue, CronJob/train, spec.jobTemplate.metadata.labels.kueue~x-k8s~io/queue-name, x, no LocalQueue x",
        "k8s/overlays/prod, KafkaTopic/feedback, metadata.labels.strimzi~io/cluster, x, no Kafka x",
        "k8s/overlays/prod, KafkaTopic/feedback, spec.replicas, 5, more replicas than brokers",
    })
    void givenALinkThatIsBroken_whenItIsFollowed_thenThatIsAFault(String combination, String id, String path, String value, String fault) {
        List<Map<String, Object>> objects = Broken.among(Kustomize.render(combination), id, path, value);
        List<String> found = Links.faults(objects);
        assertTrue(found.stream().anyMatch(text -> text.contains(fault)), () -> "Expected a fault with \"" + fault + "\", found " + found);
    }
}
