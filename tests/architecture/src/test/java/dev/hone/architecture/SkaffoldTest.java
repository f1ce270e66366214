package dev.hone.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** skaffold.yaml says what is there: the images that the manifests run, files that exist, ports that Services have. */
class SkaffoldTest {
    private static final Map<String, Object> CONFIG = Manifests.parse(Repository.read("skaffold.yaml")).getFirst();

    /** One way to run skaffold: the default, or a profile laid over it. */
    record Variant(String name, List<Map<String, Object>> artifacts, List<Object> overlays, List<Object> ports, List<Object> verify) {
        Set<String> built() {
            Set<String> images = new TreeSet<>();
            artifacts.forEach(artifact -> images.add(artifact.get("image").toString()));
            return images;
        }

        List<Map<String, Object>> objects() {
            return overlays.stream().flatMap(folder -> Kustomize.render(folder.toString()).stream()).toList();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Variant> variants() {
        Variant usual = variant("default", CONFIG, new Variant("", List.of(), List.of(), List.of(), List.of()));
        return Stream.concat(Stream.of(usual), Manifests.list(CONFIG.get("profiles")).stream().map(Manifests::map)
                .map(profile -> patched(profile, variant(profile.get("name").toString(), profile, usual))));
    }

    private static Variant variant(String name, Map<String, Object> config, Variant otherwise) {
        return new Variant(name, Manifests.at(config, "build", "artifacts").map(SkaffoldTest::maps).orElse(otherwise.artifacts()),
                Manifests.at(config, "manifests", "kustomize", "paths").map(Manifests::list).orElse(otherwise.overlays()),
                Manifests.at(config, "portForward").map(Manifests::list).orElse(otherwise.ports()),
                Manifests.at(config, "verify").map(Manifests::list).orElse(otherwise.verify()));
    }

    private static Variant patched(Map<String, Object> profile, Variant before) {
        List<Map<String, Object>> artifacts = new ArrayList<>(before.artifacts());
        List<Object> verify = before.verify();
        for (Map<String, Object> patch : maps(profile.get("patches"))) {
            switch (patch.get("op") + " " + patch.get("path")) {
                case "add /build/artifacts/-" -> artifacts.add(Manifests.map(patch.get("value")));
                case "remove /verify" -> verify = List.of();
                default -> throw new AssertionError("This test does not know what the patch " + patch + " does: teach it.");
            }
        }
        return new Variant(before.name(), artifacts, before.overlays(), before.ports(), verify);
    }

    @Test
    void givenTheProfiles_whenTheyAreListed_thenEachOverlayHasOneOfItsName() {
        Set<String> profiles = new TreeSet<>(maps(CONFIG.get("profiles")).stream().map(profile -> profile.get("name").toString()).toList());
        assertEquals(Set.of("gpu", "local", "prod"), profiles);
        variants().skip(1).forEach(variant -> assertEquals(List.of("k8s/overlays/" + variant.name()), variant.overlays()));
    }

    @ParameterizedTest
    @MethodSource("variants")
    void givenAVariant_whenItsManifestsAreRendered_thenTheirImagesAreThoseItBuilds(Variant variant) {
        Set<String> run = new TreeSet<>();
        variant.objects().forEach(object -> Manifests.podSpec(object).ifPresent(spec -> Manifests.containers(spec).forEach(container -> run.add(withoutTag(container.get("image").toString())))));
        variant.verify().forEach(check -> run.add(Manifests.at(check, "container", "image").orElseThrow().toString()));
        run.removeIf(image -> !image.startsWith("hone/"));
        Set<String> needed = new TreeSet<>(run);
        needed.removeAll(variant.built());
        assertEquals(Set.of(), needed, "images that nobody builds");
        Set<String> idle = new TreeSet<>(variant.built());
        idle.removeAll(run);
        // What an operator starts by hand, and where nothing verifies.
        idle.remove("hone/cli");
        assertEquals(Set.of(), idle, "images that nobody runs");
    }

    @ParameterizedTest
    @MethodSource("variants")
    void givenAVariant_whenItsPathsAreFollowed_thenEachIsThere(Variant variant) {
        Set<String> missing = new TreeSet<>();
        for (Map<String, Object> artifact : variant.artifacts()) {
            missing.add(Manifests.at(artifact, "custom", "buildCommand").orElseThrow().toString().split(" ")[0]);
            Manifests.list(Manifests.at(artifact, "custom", "dependencies", "paths").orElseThrow()).forEach(path -> missing.add(path.toString()));
        }
        variant.overlays().forEach(folder -> missing.add(folder.toString()));
        variant.verify().forEach(check -> missing.add(manifest(check)));
        missing.removeIf(path -> Files.exists(Repository.file(path)));
        assertEquals(Set.of(), missing);
    }

    @ParameterizedTest
    @MethodSource("variants")
    void givenAnImage_whenItsSourcesAreListed_thenTheyAreAllItIsBuiltFrom(Variant variant) {
        for (Map<String, Object> artifact : variant.artifacts()) {
            List<Object> paths = Manifests.list(Manifests.at(artifact, "custom", "dependencies", "paths").orElseThrow());
            String name = artifact.get("image").toString().replace("hone/", "").replace("-cuda", "");
            assertTrue(paths.containsAll(List.of("pom.xml", "proto", "libs", "images")), artifact::toString);
            assertTrue(paths.contains(name.equals("cli") ? "cli" : "services/" + name), artifact::toString);
            assertTrue(Manifests.at(artifact, "custom", "buildCommand").orElseThrow().toString().startsWith("images/build.sh " + name), artifact::toString);
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void givenPortsThatAreForwarded_whenTheServicesAreRendered_thenTheyHaveThem(Variant variant) {
        for (Object forward : variant.ports()) {
            Map<String, Object> asked = Manifests.map(forward);
            List<Object> ports = variant.objects().stream().filter(object -> "Service".equals(object.get("kind")) && Manifests.name(object).equals(asked.get("resourceName")))
                    .flatMap(service -> Manifests.list(Manifests.at(service, "spec", "ports").orElseThrow()).stream()).map(port -> Manifests.map(port).get("port")).toList();
            assertTrue(ports.contains(asked.get("port")), () -> "Expected the Service " + asked.get("resourceName") + " with the port " + asked.get("port") + ", found " + ports);
        }
    }

    @Test
    void givenTheCheck_whenItsJobIsRead_thenItIsTheOneThatSkaffoldFillsIn() {
        Map<String, Object> check = Manifests.map(variants().findFirst().orElseThrow().verify().getFirst());
        Map<String, Object> job = Manifests.parse(Repository.read(manifest(check))).getFirst();
        Map<String, Object> container = Manifests.containers(Manifests.podSpec(job).orElseThrow()).getFirst();
        assertEquals(Manifests.name(job), check.get("name"));
        assertEquals(container.get("name"), Manifests.at(check, "container", "name").orElseThrow());
        assertEquals(container.get("args"), Manifests.at(check, "container", "args").orElseThrow());
        assertEquals(withoutTag(container.get("image").toString()), Manifests.at(check, "container", "image").orElseThrow());
    }

    private static String manifest(Object check) {
        return Manifests.at(check, "executionMode", "kubernetesCluster", "jobManifestPath").orElseThrow().toString();
    }

    private static String withoutTag(String image) {
        return image.replaceFirst("@.*$", "").replaceFirst(":[^/]*$", "");
    }

    private static List<Map<String, Object>> maps(Object list) {
        return list == null ? List.of() : Manifests.list(list).stream().map(Manifests::map).toList();
    }
}
