package dev.hone.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every combination of base, components and overlays in k8s/ renders to manifests that can start. */
class KustomizeTest {
    /** What an overlay or the operator brings along where the combination does not: credentials and the broker. */
    private static final Set<String> FROM_OUTSIDE = Set.of("Secret/hone");

    static Stream<String> combinations() {
        return Stream.of("k8s/base", "k8s/overlays", "k8s/tests").map(Repository::file)
                .flatMap(folder -> Repository.filesBelow(folder, "kustomization.yaml").stream())
                .map(file -> Repository.relative(file.getParent()));
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void givenACombination_whenItIsRendered_thenEveryServiceIsInItOnce(String combination) {
        List<String> deployed = Manifests.ofKind(Kustomize.render(combination), "Deployment").stream().map(Manifests::name).sorted().toList();
        assertEquals(Repository.services().stream().map(Module::name).sorted().toList(), deployed);
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void givenACombination_whenItIsRendered_thenNoNameIsTakenTwice(String combination) {
        List<String> ids = Kustomize.render(combination).stream().map(Manifests::id).toList();
        assertEquals(ids.size(), new HashSet<>(ids).size(), () -> "Found twice in " + ids);
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void givenACombination_whenItIsRendered_thenContainersAreBoundedAndUnprivileged(String combination) {
        List<String> faults = new ArrayList<>();
        for (Map<String, Object> object : Kustomize.render(combination)) {
            Manifests.podSpec(object).ifPresent(spec -> Manifests.containers(spec)
                    .forEach(container -> faults(spec, container).forEach(fault -> faults.add(Manifests.id(object) + "/" + container.get("name") + ": " + fault))));
        }
        ModuleArrowsTest.assertNone(faults, "a container without limits takes its node down with it, and one as root more than that");
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void givenACombination_whenItIsRendered_thenEveryReferenceLeadsSomewhere(String combination) {
        List<Map<String, Object>> objects = Kustomize.render(combination);
        Set<String> there = objects.stream().map(Manifests::id).collect(Collectors.toSet());
        List<String> dangling = objects.stream().flatMap(object -> References.of(object).map(reference -> Manifests.id(object) + " -> " + reference))
                .filter(line -> !there.contains(line.substring(line.indexOf(" -> ") + 4)))
                .filter(line -> combination.startsWith("k8s/overlays") || FROM_OUTSIDE.stream().noneMatch(line::endsWith)).toList();
        ModuleArrowsTest.assertNone(dangling, "a pod whose ConfigMap, Secret or ServiceAccount is not there never starts");
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void givenACombination_whenItIsRendered_thenEachServiceSelectsItsPodsAndPorts(String combination) {
        List<Map<String, Object>> objects = Kustomize.render(combination);
        List<Map<String, Object>> templates = objects.stream()
                .flatMap(object -> Manifests.at(object, "spec", "template").map(Manifests::map).stream()).toList();
        for (Map<String, Object> service : Manifests.ofKind(objects, "Service")) {
            Map<String, Object> selector = Manifests.map(Manifests.at(service, "spec", "selector").orElseThrow());
            List<Map<String, Object>> selected = templates.stream().filter(template -> Manifests.at(template, "metadata", "labels")
                    .map(Manifests::map).orElse(Map.of()).entrySet().containsAll(selector.entrySet())).toList();
            assertEquals(1, selected.size(), () -> Manifests.id(service) + " selects " + selected.size() + " workloads");
            Set<Object> ports = Manifests.containers(Manifests.map(selected.getFirst().get("spec"))).stream()
                    .flatMap(container -> Manifests.list(container.get("ports")).stream()).map(Manifests::map)
                    .flatMap(port -> Stream.of(port.get("name"), port.get("containerPort"))).collect(Collectors.toSet());
            Manifests.list(Manifests.at(service, "spec", "ports").orElseThrow()).stream().map(Manifests::map)
                    .forEach(port -> assertTrue(ports.contains(port.getOrDefault("targetPort", port.get("port"))), () -> Manifests.id(service) + " leads to no port"));
        }
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void givenACombination_whenItIsRendered_thenImagesAreNamedAsTheyAreBuilt(String combination) {
        for (Map<String, Object> deployment : Manifests.ofKind(Kustomize.render(combination), "Deployment")) {
            Map<String, Object> container = Manifests.containers(Manifests.podSpec(deployment).orElseThrow()).getFirst();
            Module service = Repository.service(Manifests.name(deployment));
            assertEquals(Images.of(service), container.get("image"), "the image in k8s/ is the one that Jib builds from " + service + "/src/main/resources/application.properties");
            Object job = Manifests.environment(container).get("HONE_JOBS_KUBERNETES_IMAGE");
            assertTrue(job == null || job.equals(container.get("image")), () -> "a Job runs another entry point of the same image, found " + job);
        }
    }

    @Test
    void givenServices_whenTheirImagesAreConfigured_thenTheyHaveTheBuildsJavaAndThePodsUser() {
        for (Module service : Repository.services()) {
            assertEquals("eclipse-temurin:25-jre", service.applicationProperties().getProperty("quarkus.jib.base-jvm-image"), service.path());
            Map<String, Object> deployment = Manifests.ofKind(Kustomize.render("k8s/base"), "Deployment").stream()
                    .filter(object -> Manifests.name(object).equals(service.name())).findFirst().orElseThrow();
            assertEquals(Manifests.at(deployment, "spec", "template", "spec", "securityContext", "runAsUser").map(Object::toString).orElse(""),
                    service.applicationProperties().getProperty("quarkus.jib.user"), () -> service + " runs as the same user wherever its image is started");
        }
    }

    @Test
    void givenSkaffold_whenItsArtifactsAreRead_thenItBuildsWhatTheManifestsRun() {
        Map<String, Object> skaffold = Manifests.parse(Repository.read("skaffold.yaml")).getFirst();
        List<String> built = Manifests.list(Manifests.at(skaffold, "build", "artifacts").orElseThrow()).stream()
                .map(artifact -> Manifests.map(artifact).get("image") + ":0.1.0").sorted().toList();
        assertEquals(Repository.services().stream().map(Images::of).sorted().toList(), built);
    }

    private static List<String> faults(Map<String, Object> spec, Map<String, Object> container) {
        List<String> faults = new ArrayList<>();
        expect(faults, Manifests.at(container, "resources", "limits", "memory").isPresent(), "no memory limit");
        expect(faults, Manifests.at(container, "resources", "requests", "cpu").isPresent(), "no CPU request");
        expect(faults, isTrue(spec, "runAsNonRoot") || isTrue(container, "runAsNonRoot"), "may run as root");
        expect(faults, Manifests.at(spec, "securityContext", "seccompProfile", "type").isPresent(), "no seccomp profile");
        expect(faults, Manifests.at(container, "securityContext", "allowPrivilegeEscalation").equals(java.util.Optional.of(false)), "may gain privileges");
        expect(faults, Manifests.at(container, "securityContext", "capabilities", "drop").map(Object::toString).orElse("").equals("[ALL]"), "keeps capabilities");
        boolean ours = container.get("image").toString().startsWith("hone/");
        expect(faults, !ours || isTrue(container, "readOnlyRootFilesystem"), "may write to its root file system");
        expect(faults, !ours || Stream.of("startupProbe", "livenessProbe", "readinessProbe").allMatch(container::containsKey), "lacks a probe");
        return faults;
    }

    private static boolean isTrue(Map<String, Object> of, String key) {
        return Manifests.at(of, "securityContext", key).equals(java.util.Optional.of(true));
    }

    private static void expect(List<String> faults, boolean holds, String otherwise) {
        if (!holds) {
            faults.add(otherwise);
        }
    }
}
