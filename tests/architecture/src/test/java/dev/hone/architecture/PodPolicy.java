package dev.hone.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What every pod of Hone's keeps to: the "restricted" Pod Security Standard, a read-only root file system, and bounds. */
final class PodPolicy {
    private static final Set<String> VOLUMES = Set.of("configMap", "emptyDir", "secret", "persistentVolumeClaim", "projected");

    private final List<String> faults = new ArrayList<>();

    private PodPolicy() {}

    /** What is wrong with the pods of a workload, each as {@code Kind/name/container: fault}. */
    static List<String> faults(Map<String, Object> workload) {
        PodPolicy policy = new PodPolicy();
        Manifests.podSpec(workload).ifPresent(spec -> {
            policy.pod(Manifests.id(workload) + ": ", spec);
            Manifests.containers(spec).forEach(container -> policy.container(Manifests.id(workload) + "/" + container.get("name") + ": ", spec, container));
        });
        if ("Deployment".equals(workload.get("kind"))) {
            Manifests.podSpec(workload).ifPresent(spec -> policy.probes(Manifests.id(workload) + ": ", Manifests.containers(spec)));
        }
        return policy.faults;
    }

    private void pod(String where, Map<String, Object> spec) {
        for (String shared : List.of("hostNetwork", "hostPID", "hostIPC")) {
            expect(!Boolean.TRUE.equals(spec.get(shared)), where + "shares the node's: " + shared);
        }
        expect(Manifests.at(spec, "securityContext", "seccompProfile", "type").equals(java.util.Optional.of("RuntimeDefault")), where + "no seccomp profile");
        expect(spec.get("serviceAccountName") != null, where + "runs as the namespace's default account");
        expect(spec.get("automountServiceAccountToken") != null, where + "does not say whether it needs a token of the API server");
        expect(Boolean.FALSE.equals(spec.get("enableServiceLinks")), where + "gets a variable for every Service");
        Manifests.list(spec.get("volumes")).stream().map(Manifests::map).forEach(volume -> volume(where, volume));
    }

    private void volume(String where, Map<String, Object> volume) {
        Set<String> kinds = new java.util.TreeSet<>(volume.keySet());
        kinds.remove("name");
        expect(VOLUMES.containsAll(kinds), where + "a volume of a kind that is not allowed: " + kinds);
        expect(!volume.containsKey("emptyDir") || Manifests.at(volume, "emptyDir", "sizeLimit").isPresent(), where + "an emptyDir that may fill the node: " + volume.get("name"));
    }

    private void container(String where, Map<String, Object> spec, Map<String, Object> container) {
        for (String resource : List.of("cpu", "memory")) {
            expect(resource(container, "requests", resource) != null, where + "asks for no " + resource);
            expect(resource(container, "limits", resource) != null, where + "has no limit of " + resource);
        }
        Object memory = resource(container, "limits", "memory");
        expect(memory == null || memory.equals(resource(container, "requests", "memory")), where + "may use memory that it did not ask for");
        expect(Objects.equals(resource(container, "requests", "nvidia.com/gpu"), resource(container, "limits", "nvidia.com/gpu")), where + "GPUs are not overcommitted");
        user(where, spec, container);
        expect(Boolean.FALSE.equals(security(container, "allowPrivilegeEscalation")), where + "may gain privileges");
        expect(!Boolean.TRUE.equals(security(container, "privileged")), where + "is privileged");
        expect(Boolean.TRUE.equals(security(container, "readOnlyRootFilesystem")), where + "may write to its root file system");
        expect(List.of("ALL").equals(Manifests.at(container, "securityContext", "capabilities", "drop").orElse(null)), where + "keeps capabilities");
        expect(Manifests.at(container, "securityContext", "capabilities", "add").isEmpty(), where + "adds capabilities");
        expect(container.get("image").toString().matches(".+(:(?!latest$)[^:/@]+|@sha256:[0-9a-f]{64})"), where + "an image that may be another one tomorrow: " + container.get("image"));
    }

    private void user(String where, Map<String, Object> spec, Map<String, Object> container) {
        Object nonRoot = Objects.requireNonNullElse(security(container, "runAsNonRoot"), Manifests.at(spec, "securityContext", "runAsNonRoot").orElse(false));
        Object user = Objects.requireNonNullElse(security(container, "runAsUser"), Manifests.at(spec, "securityContext", "runAsUser").orElse(0));
        expect(Boolean.TRUE.equals(nonRoot) && user instanceof Number number && number.longValue() > 0, where + "may run as root");
    }

    private void probes(String where, List<Map<String, Object>> containers) {
        for (Map<String, Object> container : containers) {
            for (Map.Entry<String, String> probe : Map.of("startupProbe", "/q/health/live", "livenessProbe", "/q/health/live", "readinessProbe", "/q/health/ready").entrySet()) {
                expect(Manifests.at(container, probe.getKey(), "httpGet", "path").equals(java.util.Optional.of(probe.getValue())),
                        where + "a " + probe.getKey() + " that does not ask " + probe.getValue());
            }
        }
    }

    private static Object resource(Map<String, Object> container, String which, String name) {
        return Manifests.at(container, "resources", which, name).orElse(null);
    }

    private static Object security(Map<String, Object> container, String key) {
        return Manifests.at(container, "securityContext", key).orElse(null);
    }

    private void expect(boolean holds, String otherwise) {
        if (!holds) {
            faults.add(otherwise);
        }
    }
}
