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
    void givenACombination_whenItIsRendered_thenEveryReferenceLeadsSomewhere(String combination) {
        List<Map<String, Object>> objects = Kustomize.render(combination);
        Set<String> there = objects.stream().map(Manifests::id).collect(Collectors.toSet());
        List<String> dangling = objects.stream().flatMap(object -> References.of(object).map(reference -> Manifests.id(object) + " -> " + reference))
                .filter(line -> !there.contains(line.substring(line.indexOf(" -> ") + 4)))
                .filter(line -> !line.contains(" -> Secret/") && !line.contains(" -> ConfigMap/")).toList();
        ModuleArrowsTest.assertNone(dangling, "a pod whose ServiceAccount is not there never starts; Secrets and ConfigMaps are SecretsTest's");
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void givenACombination_whenItIsRendered_thenImagesAreNamedAsTheyAreBuilt(String combination) {
        List<String> faults = new ArrayList<>();
        for (Map<String, Object> object : Kustomize.render(combination)) {
            Manifests.podSpec(object).ifPresent(spec -> Manifests.containers(spec).stream().map(container -> container.get("image").toString())
                    .filter(image -> image.startsWith("hone/") && !allowed(object).contains(image)).forEach(image -> faults.add(Manifests.id(object) + ": " + image)));
        }
        assertEquals(List.of(), faults, () -> "images/build.sh makes " + Images.all());
    }

    @Test
    void givenTheImages_whenTheirUserIsRead_thenPodsRunAsIt() {
        Kustomize.render("k8s/base").forEach(object -> Manifests.podSpec(object).ifPresent(spec ->
                assertEquals(Images.user(), Manifests.at(spec, "securityContext", "runAsUser").map(Object::toString).orElse(""), () -> Manifests.id(object))));
    }

    @Test
    void givenSkaffold_whenItsArtifactsAreRead_thenItBuildsWhatTheManifestsRun() {
        Map<String, Object> skaffold = Manifests.parse(Repository.read("skaffold.yaml")).getFirst();
        Set<String> built = Manifests.list(Manifests.at(skaffold, "build", "artifacts").orElseThrow()).stream()
                .map(artifact -> Manifests.map(artifact).get("image").toString()).collect(Collectors.toSet());
        Set<String> run = Kustomize.render("k8s/overlays/local").stream().flatMap(object -> Manifests.podSpec(object).stream())
                .flatMap(spec -> Manifests.containers(spec).stream()).map(container -> container.get("image").toString())
                .filter(image -> image.startsWith("hone/")).map(image -> image.substring(0, image.indexOf(':'))).collect(Collectors.toSet());
        assertTrue(built.containsAll(run), () -> "Expected skaffold to build " + run + ", found " + built);
    }

    private static Set<String> allowed(Map<String, Object> object) {
        String name = Manifests.name(object);
        return switch (object.get("kind").toString()) {
            case "Deployment" -> Set.of(Images.of(name));
            case "CronJob" -> Images.isTemplate(name) ? Images.ofTemplate(name) : Images.all();
            default -> Images.all();
        };
    }
}
