package dev.hone.architecture;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import java.util.Map;

/** The fields of Kueue's API that the manifests use, as its definition (kueue.x-k8s.io/v1beta2, 0.15) has them. */
final class KueueModels {
    private KueueModels() {}

    record Metadata(String name, String namespace, Map<String, String> labels) {}

    record ResourceFlavor(String apiVersion, String kind, Metadata metadata, FlavorSpec spec) {}

    record FlavorSpec(Map<String, String> nodeLabels) {}

    record ClusterQueue(String apiVersion, String kind, Metadata metadata, ClusterQueueSpec spec) {}

    record ClusterQueueSpec(LabelSelector namespaceSelector, String queueingStrategy, List<ResourceGroup> resourceGroups) {}

    record ResourceGroup(List<String> coveredResources, List<FlavorQuotas> flavors) {}

    record FlavorQuotas(String name, List<ResourceQuota> resources) {}

    record ResourceQuota(String name, Quantity nominalQuota) {}

    record LocalQueue(String apiVersion, String kind, Metadata metadata, LocalQueueSpec spec) {}

    record LocalQueueSpec(String clusterQueue) {}
}
