package dev.hone.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.v1.Recipe;
import dev.hone.v1.Resources;
import dev.hone.v1.Toleration;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PodPlacementTest {
    private static final String LIMITS = "limits: {cpu: \"2\", memory: 8Gi}";
    private static final String ONE_GPU = "limits: {cpu: \"2\", memory: 8Gi, nvidia.com/gpu: \"1\"}";

    @Test
    void givenNothingAsked_whenLaidOver_thenThePodIsTheTemplates() {
        PodSpec pod = laidOver(Templates.pod(), Resources.getDefaultInstance());
        assertEquals(Templates.pod().getContainers().getFirst().getResources(), container(pod).getResources());
        assertTrue(pod.getTolerations().isEmpty());
        assertNull(pod.getAffinity());
    }

    @Test
    void givenGpus_whenLaidOver_thenRequestIsLimitAndTheirNodesTaintIsTolerated() {
        PodSpec pod = laidOver(Templates.pod(), Resources.newBuilder().setGpus(2).build());
        assertEquals(new Quantity("2"), container(pod).getResources().getLimits().get("nvidia.com/gpu"));
        assertEquals(new Quantity("2"), container(pod).getResources().getRequests().get("nvidia.com/gpu"));
        assertEquals(List.of("nvidia.com/gpu Exists NoSchedule"), tolerations(pod));
    }

    @Test
    void givenAGpuInTheTemplate_whenNoneIsAsked_thenThereIsNoneAndNothingToTolerate() {
        assertEquals(List.of("nvidia.com/gpu Exists NoSchedule"), tolerations(laidOver(Templates.pod(LIMITS, ONE_GPU), Resources.getDefaultInstance())));
        PodSpec without = laidOver(Templates.pod(LIMITS, ONE_GPU), Resources.newBuilder().setGpus(0).build());
        assertEquals(List.of(), tolerations(without));
        assertEquals(Map.of("cpu", new Quantity("2"), "memory", new Quantity("8Gi")), container(without).getResources().getLimits());
    }

    @Test
    void givenProcessorsAndMemory_whenLaidOver_thenNoLimitStaysBelowItsRequest() {
        PodSpec pod = laidOver(Templates.pod(), Resources.newBuilder().setCpu("8").setMemory("64Gi").build());
        Map<String, Quantity> wanted = Map.of("cpu", new Quantity("8"), "memory", new Quantity("64Gi"));
        assertEquals(wanted, container(pod).getResources().getRequests());
        assertEquals(wanted, container(pod).getResources().getLimits());
    }

    @Test
    void givenANodeSelector_whenLaidOver_thenItIsDemandedInEachOfTheTemplatesAlternatives() {
        PodSpec template = Templates.pod("restartPolicy: Never", """
                restartPolicy: Never
                          affinity:
                            nodeAffinity:
                              requiredDuringSchedulingIgnoredDuringExecution:
                                nodeSelectorTerms:
                                  - matchExpressions: [{key: zone, operator: In, values: [a]}]
                                  - matchExpressions: [{key: zone, operator: In, values: [b]}]""");
        PodSpec pod = laidOver(template, Resources.newBuilder().putNodeSelector("nvidia.com/gpu.product", "NVIDIA-H100").build());
        assertEquals(List.of("[zone In a, nvidia.com/gpu.product In NVIDIA-H100]", "[zone In b, nvidia.com/gpu.product In NVIDIA-H100]"), terms(pod));
        assertEquals(List.of("[disk In ssd]"), terms(laidOver(Templates.pod(), Resources.newBuilder().putNodeSelector("disk", "ssd").build())));
    }

    @Test
    void givenTolerationsAndAPriority_whenLaidOver_thenTheyAreAddedAsTheyAre() {
        Resources asked = Resources.newBuilder().setGpus(1).setPriorityClass("batch")
                .addTolerations(Toleration.newBuilder().setKey("nvidia.com/gpu").setOperator("Equal").setValue("present"))
                .addTolerations(Toleration.newBuilder().setOperator("Exists")).build();
        PodSpec pod = laidOver(Templates.pod(), asked);
        assertEquals("batch", pod.getPriorityClassName());
        assertEquals(List.of("nvidia.com/gpu Equal null", "null Exists null"), tolerations(pod));
    }

    @Test
    void givenAStagesOwnResources_whenPlaced_thenTheyComeBeforeThoseOfAllStages() {
        Recipe recipe = Recipe.newBuilder()
                .setResources(Resources.newBuilder().setGpus(1).setMemory("32Gi").putNodeSelector("disk", "ssd"))
                .putStageResources("evaluate", Resources.newBuilder().setGpus(0).putNodeSelector("zone", "a").build()).build();
        assertEquals(Resources.newBuilder().setGpus(0).setMemory("32Gi").putNodeSelector("zone", "a").build(), placed(recipe, "evaluate"));
        assertEquals(recipe.getResources(), placed(recipe, "train"));
    }

    private static Resources placed(Recipe recipe, String stage) {
        return Placement.of(recipe, stage, "r1", Instant.EPOCH, 0).resources();
    }

    private static PodSpec laidOver(PodSpec pod, Resources asked) {
        new PodPlacement(asked).layOver(pod, container(pod));
        return pod;
    }

    private static Container container(PodSpec pod) {
        return pod.getContainers().getFirst();
    }

    private static List<String> tolerations(PodSpec pod) {
        return pod.getTolerations().stream().map(t -> t.getKey() + " " + t.getOperator() + " " + t.getEffect()).toList();
    }

    private static List<String> terms(PodSpec pod) {
        return pod.getAffinity().getNodeAffinity().getRequiredDuringSchedulingIgnoredDuringExecution().getNodeSelectorTerms().stream()
                .map(NodeSelectorTerm::getMatchExpressions)
                .map(all -> all.stream().map(e -> e.getKey() + " " + e.getOperator() + " " + String.join(",", e.getValues())).toList().toString()).toList();
    }
}
