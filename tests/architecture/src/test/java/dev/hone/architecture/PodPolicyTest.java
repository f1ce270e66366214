package dev.hone.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** No pod of any combination has more than it needs, and a Job's pod is held as short as a service's. */
class PodPolicyTest {

    @ParameterizedTest
    @MethodSource("dev.hone.architecture.KustomizeTest#combinations")
    void givenACombination_whenItsPodsAreRead_thenTheyAreBoundedAndUnprivileged(String combination) {
        List<String> faults = Kustomize.render(combination).stream().flatMap(object -> PodPolicy.faults(object).stream()).toList();
        ModuleArrowsTest.assertNone(faults, "a container without limits takes its node down with it, and one as root more than that");
    }

    @ParameterizedTest
    @MethodSource("dev.hone.architecture.KustomizeTest#combinations")
    void givenACombination_whenJobsAreComparedWithTheirServices_thenTheyMayNoMore(String combination) {
        List<Map<String, Object>> objects = Kustomize.render(combination);
        Map<String, Object> deployment = security(objects.stream().filter(object -> Manifests.id(object).equals("Deployment/trainer")).findFirst().orElseThrow());
        Manifests.ofKind(objects, "CronJob").stream().filter(PodPolicyTest::isTemplate)
                .forEach(template -> assertEquals(deployment, security(template), () -> "pods of " + Manifests.id(template)));
    }

    @ParameterizedTest
    @MethodSource("dev.hone.architecture.KustomizeTest#combinations")
    void givenACombination_whenItsTemplatesOfJobsAreRead_thenTheyAreWhatTheLauncherTakesAndNeverRun(String combination) {
        List<Map<String, Object>> templates = Manifests.ofKind(Kustomize.render(combination), "CronJob").stream().filter(PodPolicyTest::isTemplate).toList();
        assertEquals(List.of("evaluate", "qat", "quantize", "train"), templates.stream().map(Manifests::name).sorted().toList());
        for (Map<String, Object> template : templates) {
            assertEquals(true, Manifests.at(template, "spec", "suspend").orElse(false), () -> Manifests.id(template) + " would run by the clock");
            assertEquals("0 0 31 2 *", Manifests.at(template, "spec", "schedule").orElse(""), () -> Manifests.id(template) + " is on a day that there is");
            Map<String, Object> spec = Manifests.podSpec(template).orElseThrow();
            assertEquals("Never", spec.get("restartPolicy"), () -> Manifests.id(template) + ": exit codes tell what is to be done, and the kubelet knows none");
            assertEquals("hone-job", spec.get("serviceAccountName"));
            assertEquals(false, spec.get("automountServiceAccountToken"));
            assertEquals(List.of("job"), Manifests.containers(spec).stream().map(container -> container.get("name")).toList());
            assertEquals(null, Manifests.containers(spec).getFirst().get("command"), "the command is the launcher's");
        }
    }

    @ParameterizedTest
    @CsvSource(nullValues = "none", value = {
        "Deployment/serving, spec.template.spec.containers.0.resources.limits.cpu, none, no limit of cpu",
        "Deployment/serving, spec.template.spec.containers.0.resources.limits.memory, none, no limit of memory",
        "Deployment/serving, spec.template.spec.containers.0.resources.requests.cpu, none, asks for no cpu",
        "Deployment/serving, spec.template.spec.containers.0.resources.limits.memory, 12Gi, did not ask for",
        "CronJob/train, spec.jobTemplate.spec.template.spec.containers.0.resources.limits.memory, none, no limit of memory",
        "CronJob/train, spec.jobTemplate.spec.template.spec.securityContext.runAsNonRoot, false, may run as root",
        "Deployment/ingest, spec.template.spec.securityContext.runAsUser, 0, may run as root",
        "Deployment/ingest, spec.template.spec.securityContext.seccompProfile, none, seccomp",
        "Deployment/ingest, spec.template.spec.containers.0.securityContext.allowPrivilegeEscalation, none, privileges",
        "Deployment/ingest, spec.template.spec.containers.0.securityContext.privileged, true, privileged",
        "CronJob/qat, spec.jobTemplate.spec.template.spec.containers.0.securityContext.capabilities.drop, [NET_RAW], keeps capabilities",
        "Deployment/ingest, spec.template.spec.containers.0.securityContext.capabilities.add, [NET_ADMIN], adds capabilities",
        "CronJob/evaluate, spec.jobTemplate.spec.template.spec.containers.0.securityContext.readOnlyRootFilesystem, none, root file system",
        "Deployment/ingest, spec.template.spec.containers.0.image, hone/ingest:latest, another one tomorrow",
        "Deployment/ingest, spec.template.spec.containers.0.image, registry.example.com:5000/hone/ingest, another one tomorrow",
        "Deployment/ingest, spec.template.spec.hostNetwork, true, shares the node's",
        "Deployment/ingest, spec.template.spec.volumes.0.emptyDir.sizeLimit, none, fill the node",
        "Deployment/ingest, spec.template.spec.volumes.0, '{name: scratch, hostPath: {path: /}}', not allowed",
        "Deployment/ingest, spec.template.spec.serviceAccountName, none, default account",
        "Deployment/ingest, spec.template.spec.automountServiceAccountToken, none, token",
        "Deployment/ingest, spec.template.spec.enableServiceLinks, none, variable for every Service",
        "Deployment/ingest, spec.template.spec.containers.0.startupProbe.httpGet.path, /q/health/started, startupProbe",
        "Deployment/ingest, spec.template.spec.containers.0.livenessProbe.httpGet.path, /q/health/ready, livenessProbe",
        "Deployment/ingest, spec.template.spec.containers.0.readinessProbe, none, readinessProbe",
    })
    void givenAPodThatIsAskedForTooMuch_whenItIsRead_thenThatIsAFault(String id, String path, String value, String fault) {
        List<String> found = PodPolicy.faults(Broken.with(Kustomize.render("k8s/base"), id, path, value));
        assertTrue(found.size() == 1 && found.getFirst().contains(fault), () -> "Expected one fault with \"" + fault + "\", found " + found);
    }

    private static boolean isTemplate(Map<String, Object> cronJob) {
        return Manifests.at(cronJob, "metadata", "labels", "app.kubernetes.io/component").equals(java.util.Optional.of("job-template"));
    }

    private static Map<String, Object> security(Map<String, Object> workload) {
        Map<String, Object> spec = Manifests.podSpec(workload).orElseThrow();
        Map<String, Object> found = new LinkedHashMap<>();
        found.put("pod", spec.get("securityContext"));
        found.put("container", Manifests.containers(spec).getFirst().get("securityContext"));
        found.put("enableServiceLinks", spec.get("enableServiceLinks"));
        return found;
    }
}
