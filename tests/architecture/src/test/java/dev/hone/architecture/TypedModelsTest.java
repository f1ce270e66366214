package dev.hone.architecture;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every object of every combination is what its API says it is: an API server drops a misspelt field without a word. */
class TypedModelsTest {

    @ParameterizedTest
    @MethodSource("dev.hone.architecture.KustomizeTest#combinations")
    void givenACombination_whenItsObjectsAreRead_thenTheirTypesKnowEveryField(String combination) {
        List<String> faults = Kustomize.render(combination).stream()
                .flatMap(object -> TypedModels.fault(object).map(fault -> Manifests.id(object) + ": " + fault).stream()).toList();
        ModuleArrowsTest.assertNone(faults, "a field that nobody knows does nothing");
    }

    @ParameterizedTest
    @CsvSource({
        "k8s/base, Deployment/ingest, spec.template.spec.containers.0.livenessProb, x",
        "k8s/base, Deployment/ingest, spec.template.spec.containers.0.securityContext.readOnlyRootFileSystem, true",
        "k8s/base, CronJob/train, spec.jobTemplate.spec.template.spec.volumes.0.emptyDir.sizelimit, 1Gi",
        "k8s/base, Role/trainer, rules.0.verb, get",
        "k8s/base, PodDisruptionBudget/ingest, spec.replicas, 1",
        "k8s/overlays/local, NetworkPolicy/default-deny, spec.policyType, Egress",
        "k8s/overlays/local, StatefulSet/kafka, spec.volumeClaimTemplates.0.spec.storage, 1Gi",
        "k8s/overlays/prod, Kafka/hone, spec.zookeeper, x",
        "k8s/overlays/prod, Kafka/hone, spec.kafka.replicas, 3",
        "k8s/overlays/prod, KafkaUser/hone-ingest, spec.authorization.acls.0.operation, Read",
        "k8s/overlays/prod, KafkaTopic/feedback, spec.partition, 3",
        "k8s/overlays/prod, KafkaNodePool/broker, spec.role, broker",
        "k8s/overlays/prod, ScaledObject/ingest, spec.triggers.0.authenticationref, x",
        "k8s/overlays/prod, TriggerAuthentication/hone-kafka, spec.secretTargetRef.0.secret, x",
        "k8s/overlays/prod, HTTPRoute/serving, spec.rules.0.timeout, 0s",
        "k8s/overlays/prod, PodMonitor/hone, spec.podMetricsEndpoint, x",
        "k8s/tests/kueue, ClusterQueue/hone, spec.resourceGroups.0.flavors.0.quota, 1",
    })
    void givenAMisspeltField_whenTheObjectIsRead_thenItIsAFault(String combination, String id, String path, String value) {
        Map<String, Object> broken = Broken.with(Kustomize.render(combination), id, path, value);
        Optional<String> fault = TypedModels.fault(broken);
        String field = path.substring(path.lastIndexOf('.') + 1);
        assertTrue(fault.filter(text -> text.contains(field)).isPresent(), () -> "Expected a fault that names " + field + ", found " + fault);
    }
}
