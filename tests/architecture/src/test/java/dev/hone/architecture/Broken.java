package dev.hone.architecture;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Copies of rendered objects with one thing changed, to see that a test would find it. */
final class Broken {
    private Broken() {}

    /** A copy of the object {@code Kind/name} where the dotted path has the value; the rest of the path exists. {@code null} takes it away. */
    static Map<String, Object> with(List<Map<String, Object>> objects, String id, String path, Object value) {
        Map<String, Object> copy = copy(objects.stream().filter(object -> Manifests.id(object).equals(id)).findFirst()
                .orElseThrow(() -> new AssertionError("Expected " + id + ", found " + objects.stream().map(Manifests::id).toList())));
        set(copy, path, value);
        return copy;
    }

    /** All objects, one of them replaced by its broken copy. */
    static List<Map<String, Object>> among(List<Map<String, Object>> objects, String id, String path, Object value) {
        Map<String, Object> broken = with(objects, id, path, value);
        return objects.stream().map(object -> Manifests.id(object).equals(id) ? broken : object).toList();
    }

    private static void set(Map<String, Object> object, String path, Object value) {
        List<String> steps = List.of(path.split("\\."));
        Object here = object;
        for (String step : steps.subList(0, steps.size() - 1)) {
            here = here instanceof List<?> list ? list.get(Integer.parseInt(step)) : Manifests.map(here).get(step);
        }
        put(here, steps.getLast().replace('~', '.'), value instanceof String text ? scalar(text) : value);
    }

    private static void put(Object here, String last, Object value) {
        if (here instanceof List<?>) {
            Manifests.list(here).set(Integer.parseInt(last), value);
        } else if (value == null) {
            Manifests.map(here).remove(last);
        } else {
            Manifests.map(here).put(last, value);
        }
    }

    /** What YAML makes of the text: {@code true} is no string. */
    private static Object scalar(String text) {
        return new Yaml(new SafeConstructor(new LoaderOptions())).load(text);
    }

    private static Map<String, Object> copy(Map<String, Object> object) {
        return Manifests.map(deep(object));
    }

    private static Object deep(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> copy = new LinkedHashMap<>();
            map.forEach((key, inner) -> copy.put(key.toString(), deep(inner)));
            return copy;
        }
        if (value instanceof List<?> list) {
            List<Object> copy = new ArrayList<>();
            list.forEach(inner -> copy.add(deep(inner)));
            return copy;
        }
        return value;
    }
}
