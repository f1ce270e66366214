package dev.hone.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Kubernetes objects as maps, and the few questions the tests ask of them. */
final class Manifests {
    private Manifests() {}

    /** Every object in k8s/ as written, before kustomize. */
    static List<Map<String, Object>> sources() {
        return Repository.filesBelow(Repository.file("k8s"), ".yaml").stream().flatMap(file -> parse(Repository.read(file)).stream()).toList();
    }

    static List<Map<String, Object>> parse(String yaml) {
        List<Map<String, Object>> objects = new ArrayList<>();
        new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(yaml).forEach(document -> {
            if (document instanceof Map<?, ?>) {
                objects.add(map(document));
            }
        });
        return objects;
    }

    static List<Map<String, Object>> ofKind(List<Map<String, Object>> objects, String kind) {
        return objects.stream().filter(object -> kind.equals(object.get("kind"))).toList();
    }

    static String name(Map<String, Object> object) {
        return at(object, "metadata", "name").map(Object::toString).orElse("");
    }

    static String id(Map<String, Object> object) {
        return object.get("kind") + "/" + name(object);
    }

    /** The pod specification of a workload, if it is one. */
    static Optional<Map<String, Object>> podSpec(Map<String, Object> object) {
        if ("Pod".equals(object.get("kind"))) {
            return at(object, "spec").map(Manifests::map);
        }
        return podTemplate(object).flatMap(template -> at(template, "spec")).map(Manifests::map);
    }

    /** The template of a workload's pods, if it is one; a CronJob's lies in the template of its Jobs. */
    static Optional<Map<String, Object>> podTemplate(Map<String, Object> object) {
        return at(object, "spec", "template").or(() -> at(object, "spec", "jobTemplate", "spec", "template")).filter(Map.class::isInstance)
                .map(Manifests::map).filter(template -> at(template, "spec", "containers").isPresent());
    }

    static List<Map<String, Object>> containers(Map<String, Object> podSpec) {
        return Stream.of("initContainers", "containers").flatMap(key -> list(podSpec.get(key)).stream()).map(Manifests::map).toList();
    }

    /** Names of the environment variables that containers and config maps give. */
    static Set<String> environmentKeys(List<Map<String, Object>> objects) {
        Set<String> keys = new TreeSet<>();
        ofKind(objects, "ConfigMap").forEach(map -> at(map, "data").map(Manifests::map).ifPresent(data -> data.keySet().stream()
                .filter(key -> key.matches("[A-Z][A-Z0-9_]*")).forEach(keys::add)));
        objects.forEach(object -> podSpec(object).ifPresent(spec -> containers(spec).forEach(container -> keys.addAll(environment(container).keySet()))));
        return keys;
    }

    /** The variables a container names itself; where a value comes from elsewhere it is that reference's map. */
    static Map<String, Object> environment(Map<String, Object> container) {
        Map<String, Object> found = new java.util.TreeMap<>();
        list(container.get("env")).stream().map(Manifests::map)
                .forEach(entry -> found.put(entry.get("name").toString(), entry.getOrDefault("value", entry.get("valueFrom"))));
        return found;
    }

    static Optional<Object> at(Object object, String... path) {
        Object here = object;
        for (String key : path) {
            here = here instanceof Map<?, ?> map ? map.get(key) : null;
        }
        return Optional.ofNullable(here);
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> map(Object object) {
        return object == null ? Map.of() : (Map<String, Object>) object;
    }

    @SuppressWarnings("unchecked")
    static List<Object> list(Object object) {
        return object == null ? List.of() : (List<Object>) object;
    }
}
