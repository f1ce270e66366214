package dev.hone.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Secrets are referred to, never written down, and whoever has to bring one finds it in docs/kubernetes.md. */
class SecretsTest {
    private static final Pattern ROW = Pattern.compile("(?m)^\\| (Secret|ConfigMap) ([^|]+)\\|([^|]+)\\|");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final Pattern SECRET = Pattern.compile(".*(SECRET|PASSWORD|TOKEN|ACCESS_KEY|JAAS|PRIVATE_KEY|KEYSTORE_KEY).*");

    static Stream<String> outsideDevelopment() {
        return KustomizeTest.combinations().filter(combination -> !Set.of("k8s/overlays/local", "k8s/overlays/gpu").contains(combination));
    }

    @ParameterizedTest
    @MethodSource("outsideDevelopment")
    void givenACombinationForOthers_whenSecretsAreLookedFor_thenNoneIsWrittenDown(String combination) {
        assertEquals(Set.of(), written(Kustomize.render(combination)));
    }

    @ParameterizedTest
    @MethodSource("dev.hone.architecture.KustomizeTest#combinations")
    void givenACombination_whenWhatItRefersToIsNotInIt_thenTheTableOfSecretsHasIt(String combination) {
        List<Map<String, Object>> objects = Kustomize.render(combination);
        Set<String> there = objects.stream().map(Manifests::id).collect(Collectors.toSet());
        TreeSet<String> missing = references(objects).filter(reference -> !there.contains(reference.split(" ")[0]))
                .collect(Collectors.toCollection(TreeSet::new));
        missing.removeAll(documented());
        assertEquals(Set.of(), missing, "a pod whose Secret is not there never starts, and docs/kubernetes.md lists those to bring");
    }

    @Test
    void givenTheTableOfSecrets_whenAllCombinationsAreRead_thenEachRowIsInUse() {
        TreeSet<String> unused = new TreeSet<>(documented());
        KustomizeTest.combinations().flatMap(combination -> references(Kustomize.render(combination))).forEach(unused::remove);
        assertEquals(Set.of(), unused);
    }

    @ParameterizedTest
    @CsvSource({
        "Deployment/ingest, spec.template.spec.containers.0.env.0, '{name: HONE_SERVING_ANSWER_ID_SECRET, value: abc}', HONE_SERVING_ANSWER_ID_SECRET",
        "CronJob/train, spec.jobTemplate.spec.template.spec.containers.0.env.0, '{name: KAFKA_SASL_JAAS_CONFIG, value: abc}', KAFKA_SASL_JAAS_CONFIG",
        "ConfigMap/hone, data.HONE_STORE_SECRET_KEY, abc, HONE_STORE_SECRET_KEY",
        "ConfigMap/hone, kind, Secret, Secret/hone",
    })
    void givenASecretThatIsWrittenDown_whenSecretsAreLookedFor_thenItIsFound(String id, String path, String value, String found) {
        Set<String> written = written(Broken.among(Kustomize.render("k8s/base"), id, path, value));
        assertFalse(written.stream().noneMatch(text -> text.contains(found)), () -> "Expected " + found + ", found " + written);
    }

    /** Secrets with data, and values of variables that are named like a secret. */
    private static Set<String> written(List<Map<String, Object>> objects) {
        TreeSet<String> found = new TreeSet<>();
        for (Map<String, Object> object : objects) {
            if ("Secret".equals(object.get("kind")) && (object.containsKey("data") || object.containsKey("stringData"))) {
                found.add(Manifests.id(object));
            }
            Stream<String> inMap = "ConfigMap".equals(object.get("kind")) ? Manifests.map(object.get("data")).keySet().stream() : Stream.empty();
            Stream<String> inPods = Manifests.podSpec(object).stream().flatMap(spec -> Manifests.containers(spec).stream())
                    .flatMap(container -> Manifests.environment(container).entrySet().stream()).filter(entry -> entry.getValue() instanceof String).map(Map.Entry::getKey);
            Stream.concat(inMap, inPods).filter(key -> SECRET.matcher(key).matches()).forEach(key -> found.add(Manifests.id(object) + " " + key));
        }
        return found;
    }

    /** {@code Secret/name key} for each reference to one key, and {@code Secret/name} for a whole one. */
    private static Stream<String> references(List<Map<String, Object>> objects) {
        return Stream.concat(objects.stream().flatMap(References::keys), objects.stream().flatMap(SecretsTest::elsewhere));
    }

    private static Stream<String> elsewhere(Map<String, Object> object) {
        return switch (object.get("kind").toString()) {
            case "TriggerAuthentication" -> Manifests.list(Manifests.at(object, "spec", "secretTargetRef").orElse(null)).stream().map(Manifests::map)
                    .map(ref -> "Secret/" + ref.get("name") + " " + ref.get("key"));
            case "Gateway" -> Manifests.list(Manifests.at(object, "spec", "listeners").orElse(null)).stream()
                    .flatMap(listener -> Manifests.list(Manifests.at(listener, "tls", "certificateRefs").orElse(null)).stream()).map(ref -> "Secret/" + Manifests.map(ref).get("name"));
            default -> Stream.empty();
        };
    }

    /** Each row's objects with each of its keys, and the objects as a whole. */
    private static Set<String> documented() {
        TreeSet<String> found = new TreeSet<>();
        ROW.matcher(Repository.read("docs/kubernetes.md")).results().forEach(row -> CODE.matcher(row.group(2)).results().forEach(name -> {
            CODE.matcher(row.group(3)).results().forEach(key -> found.add(row.group(1) + "/" + name.group(1) + " " + key.group(1)));
            if (MOUNTED.stream().anyMatch(name.group(1)::startsWith)) {
                found.removeIf(entry -> entry.startsWith(row.group(1) + "/" + name.group(1) + " "));
                found.add(row.group(1) + "/" + name.group(1));
            }
        }));
        return found;
    }

    /** What is mounted, or named, as a whole: its keys are files. */
    private static final List<String> MOUNTED = List.of("hone-store-ca", "hone-serving-tls", "hone-gateway-tls", "hone-signing-");
}
