package dev.hone.jobs;

import dev.hone.v1.Resources;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.NodeAffinity;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a recipe asks of the cluster, laid over what the template does. */
final class PodPlacement {

    static final String GPU = "nvidia.com/gpu";

    private final Resources wanted;

    PodPlacement(Resources wanted) {
        this.wanted = wanted;
    }

    void layOver(PodSpec pod, Container container) {
        container.setResources(resources(container.getResources()));
        nodes(pod);
        pod.setTolerations(tolerations(pod.getTolerations(), container.getResources()));
        if (wanted.hasPriorityClass()) {
            pod.setPriorityClassName(wanted.getPriorityClass());
        }
    }

    private ResourceRequirements resources(ResourceRequirements template) {
        ResourceRequirements resources = template == null ? new ResourceRequirements() : template;
        Map<String, Quantity> requests = quantities(resources.getRequests());
        Map<String, Quantity> limits = quantities(resources.getLimits());
        if (wanted.hasCpu()) {
            requests.put("cpu", new Quantity(wanted.getCpu()));
            // a limit below the request would be refused
            limits.computeIfPresent("cpu", (name, limit) -> new Quantity(wanted.getCpu()));
        }
        if (wanted.hasMemory()) {
            requests.put("memory", new Quantity(wanted.getMemory()));
            limits.put("memory", new Quantity(wanted.getMemory()));
        }
        if (wanted.hasGpus()) {
            gpus(requests, limits);
        }
        resources.setRequests(requests);
        resources.setLimits(limits);
        return resources;
    }

    /** Extended resources are not overcommitted: request and limit must be equal. */
    private void gpus(Map<String, Quantity> requests, Map<String, Quantity> limits) {
        if (wanted.getGpus() == 0) {
            requests.remove(GPU);
            limits.remove(GPU);
        } else {
            requests.put(GPU, new Quantity(String.valueOf(wanted.getGpus())));
            limits.put(GPU, new Quantity(String.valueOf(wanted.getGpus())));
        }
    }

    private static Map<String, Quantity> quantities(Map<String, Quantity> given) {
        return given == null ? new HashMap<>() : new HashMap<>(given);
    }

    /** Terms are alternatives: what the recipe demands is demanded in each of the template's. */
    private void nodes(PodSpec pod) {
        if (wanted.getNodeSelectorCount() == 0) {
            return;
        }
        Affinity affinity = Optional.ofNullable(pod.getAffinity()).orElseGet(Affinity::new);
        NodeAffinity node = Optional.ofNullable(affinity.getNodeAffinity()).orElseGet(NodeAffinity::new);
        NodeSelector required = Optional.ofNullable(node.getRequiredDuringSchedulingIgnoredDuringExecution()).orElseGet(NodeSelector::new);
        List<NodeSelectorTerm> terms = new ArrayList<>(required.getNodeSelectorTerms());
        if (terms.isEmpty()) {
            terms.add(new NodeSelectorTerm());
        }
        terms.forEach(this::demand);
        required.setNodeSelectorTerms(terms);
        node.setRequiredDuringSchedulingIgnoredDuringExecution(required);
        affinity.setNodeAffinity(node);
        pod.setAffinity(affinity);
    }

    private void demand(NodeSelectorTerm term) {
        List<NodeSelectorRequirement> all = new ArrayList<>(term.getMatchExpressions());
        wanted.getNodeSelectorMap().entrySet().stream().sorted(Map.Entry.comparingByKey())
                .forEach(label -> all.add(new NodeSelectorRequirement(label.getKey(), "In", List.of(label.getValue()))));
        term.setMatchExpressions(all);
    }

    /** Nodes with GPUs are commonly tainted by that resource's name, so that only those who ask for one come. */
    private List<Toleration> tolerations(List<Toleration> template, ResourceRequirements resources) {
        List<Toleration> all = new ArrayList<>(template);
        wanted.getTolerationsList().forEach(t -> all.add(new TolerationBuilder().withKey(orNull(t.getKey())).withOperator(orNull(t.getOperator()))
                .withValue(orNull(t.getValue())).withEffect(orNull(t.getEffect())).build()));
        boolean gpu = resources.getLimits().containsKey(GPU) && !resources.getLimits().get(GPU).equals(new Quantity("0"));
        if (gpu && all.stream().noneMatch(t -> GPU.equals(t.getKey()))) {
            all.add(new TolerationBuilder().withKey(GPU).withOperator("Exists").withEffect("NoSchedule").build());
        }
        return all;
    }

    private static String orNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
