package dev.hone.architecture;

import java.util.Map;
import java.util.stream.Stream;

/** What an object needs to be there, as {@code Kind/name}. */
final class References {
    private References() {}

    static Stream<String> of(Map<String, Object> object) {
        Stream<String> subjects = Manifests.list(object.get("subjects")).stream().map(Manifests::map)
                .map(subject -> subject.get("kind") + "/" + subject.get("name"));
        Stream<String> role = Manifests.at(object, "roleRef").map(Manifests::map).map(ref -> ref.get("kind") + "/" + ref.get("name")).stream();
        Stream<String> pods = Manifests.podSpec(object).stream().flatMap(References::ofPod);
        return Stream.of(subjects, role, pods).flatMap(found -> found).distinct();
    }

    /** What an object takes from Secrets and ConfigMaps, as {@code Kind/name key}, and as {@code Kind/name} where it takes the whole. */
    static Stream<String> keys(Map<String, Object> object) {
        Stream<String> whole = Manifests.podSpec(object).stream().flatMap(References::ofPod)
                .filter(reference -> reference.startsWith("Secret/") || reference.startsWith("ConfigMap/"));
        Stream<String> single = Manifests.podSpec(object).stream().flatMap(spec -> Manifests.containers(spec).stream())
                .flatMap(container -> Manifests.list(container.get("env")).stream()).flatMap(variable -> Stream.concat(
                        key("ConfigMap", Manifests.at(variable, "valueFrom", "configMapKeyRef")), key("Secret", Manifests.at(variable, "valueFrom", "secretKeyRef"))));
        java.util.List<String> keys = single.toList();
        return Stream.concat(whole.filter(reference -> keys.stream().noneMatch(key -> key.startsWith(reference + " "))), keys.stream()).distinct();
    }

    private static Stream<String> key(String kind, java.util.Optional<Object> reference) {
        return reference.map(Manifests::map).map(ref -> kind + "/" + ref.get("name") + " " + ref.get("key")).stream();
    }

    private static Stream<String> ofPod(Map<String, Object> spec) {
        Stream<String> account = Manifests.at(spec, "serviceAccountName").map(name -> "ServiceAccount/" + name).stream();
        Stream<String> volumes = Manifests.list(spec.get("volumes")).stream().flatMap(volume -> Stream.concat(
                named("ConfigMap", Manifests.map(volume), "configMap", "name"), named("Secret", Manifests.map(volume), "secret", "secretName")));
        Stream<String> containers = Manifests.containers(spec).stream().flatMap(References::ofContainer);
        return Stream.of(account, volumes, containers).flatMap(found -> found);
    }

    private static Stream<String> ofContainer(Map<String, Object> container) {
        Stream<String> whole = Manifests.list(container.get("envFrom")).stream().map(Manifests::map).flatMap(from -> Stream.concat(
                named("ConfigMap", from, "configMapRef", "name"), named("Secret", from, "secretRef", "name")));
        Stream<String> single = Manifests.list(container.get("env")).stream().map(Manifests::map).flatMap(variable -> Stream.concat(
                named("ConfigMap", variable, "valueFrom", "configMapKeyRef", "name"), named("Secret", variable, "valueFrom", "secretKeyRef", "name")));
        return Stream.of(whole, single).flatMap(found -> found);
    }

    private static Stream<String> named(String kind, Map<String, Object> object, String... path) {
        return Manifests.at(object, path).map(name -> kind + "/" + name).stream();
    }
}
