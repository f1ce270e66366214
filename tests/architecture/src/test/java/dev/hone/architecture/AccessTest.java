package dev.hone.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Nobody may do more in the cluster than the launchers of Jobs need, and nobody more on the broker than the table of topics says. */
class AccessTest {
    private static final Map<String, Set<String>> TEMPLATES = Map.of("trainer", Set.of("train"), "quantizer", Set.of("quantize", "qat"), "evaluator", Set.of("evaluate"));

    @ParameterizedTest
    @MethodSource("dev.hone.architecture.KustomizeTest#combinations")
    void givenACombination_whenRightsAreRead_thenOnlyLaunchersHaveThoseTheyNeed(String combination) {
        assertEquals(expected(), rights(Kustomize.render(combination)));
    }

    @ParameterizedTest
    @MethodSource("dev.hone.architecture.KustomizeTest#combinations")
    void givenACombination_whenTokensAreLookedFor_thenOnlyLaunchersHaveOne(String combination) {
        List<Map<String, Object>> objects = Kustomize.render(combination);
        assertEquals(TEMPLATES.keySet(), withToken(objects));
        Manifests.ofKind(objects, "ServiceAccount").forEach(account -> assertEquals(false, account.get("automountServiceAccountToken"),
                () -> Manifests.id(account) + ": a pod says by itself that it needs a token"));
    }

    @Test
    void givenProduction_whenUsersOfTheBrokerAreRead_thenTheirRightsAreTheTableOfTopics() throws IOException {
        if (Boolean.getBoolean("hone.update")) {
            Files.writeString(Repository.file(KafkaUsers.FILE), KafkaUsers.yaml());
        }
        Map<String, TreeSet<String>> found = KafkaUsers.found(Manifests.parse(Repository.read(KafkaUsers.FILE)));
        assertEquals(new TreeMap<>(KafkaUsers.expected()), found, "after a change of the table run this test with -Dhone.update=true");
    }

    @Test
    void givenProduction_whenItsAutoscalerReadsLag_thenItsUserSeesThoseTopicsAndGroupsAndNoMore() {
        List<Map<String, Object>> objects = Kustomize.render("k8s/overlays/prod");
        TreeSet<String> expected = Manifests.ofKind(objects, "ScaledObject").stream()
                .flatMap(scaled -> Manifests.list(Manifests.at(scaled, "spec", "triggers").orElse(null)).stream())
                .filter(trigger -> Manifests.map(trigger).get("type").equals("kafka"))
                .flatMap(trigger -> List.of("topic " + Manifests.at(trigger, "metadata", "topic").orElse("") + " Describe",
                        "group " + Manifests.at(trigger, "metadata", "consumerGroup").orElse("") + " Describe").stream()).collect(Collectors.toCollection(TreeSet::new));
        assertFalse(expected.isEmpty());
        assertEquals(expected, KafkaUsers.found(objects).get("hone-keda"));
    }

    @ParameterizedTest
    @CsvSource({
        "KafkaUser/hone-trainer, spec.authorization.acls.0.operations, '[Read, Write]'",
        "KafkaUser/hone-trainer, spec.authorization.acls.0.resource.name, feedback",
        "KafkaUser/hone-trainer, spec.authorization.acls.0.resource.patternType, literal",
        "KafkaUser/hone-serving, spec.authorization.acls.0.type, deny",
    })
    void givenAUserWithOtherRights_whenTheyAreRead_thenTheyAreNotTheTables(String id, String path, String value) {
        List<Map<String, Object>> broken = Broken.among(Manifests.parse(KafkaUsers.yaml()), id, path, value);
        assertNotEquals(new TreeMap<>(KafkaUsers.expected()), KafkaUsers.found(broken));
    }

    @ParameterizedTest
    @CsvSource(nullValues = "none", value = {
        "Role/trainer, rules.0.verbs, '[create, get, list, watch, patch, delete, deletecollection]'",
        "Role/trainer, rules.0.resources, '[jobs, secrets]'",
        "Role/trainer, rules.1.resourceNames, none",
        "Role/quantizer, rules.1.resourceNames, '[train]'",
        "RoleBinding/trainer, subjects.0.name, serving",
        "RoleBinding/trainer, roleRef.kind, ClusterRole",
    })
    void givenARightTooMany_whenRightsAreRead_thenTheyAreNotTheLaunchers(String id, String path, String value) {
        assertNotEquals(expected(), rights(Broken.among(Kustomize.render("k8s/base"), id, path, value)));
    }

    @ParameterizedTest
    @CsvSource({"Deployment/serving, spec.template.spec.automountServiceAccountToken", "CronJob/train, spec.jobTemplate.spec.template.spec.automountServiceAccountToken"})
    void givenATokenThatNobodyNeeds_whenTokensAreLookedFor_thenItIsFound(String id, String path) {
        assertNotEquals(TEMPLATES.keySet(), withToken(Broken.among(Kustomize.render("k8s/base"), id, path, true)));
    }

    /** By account, what its roles let it do, as {@code verb resource} or {@code verb resource/name}. */
    private static Map<String, Set<String>> rights(List<Map<String, Object>> objects) {
        Map<String, Set<String>> found = new TreeMap<>();
        for (Map<String, Object> binding : objects.stream().filter(object -> object.get("kind").toString().endsWith("RoleBinding")).toList()) {
            Map<String, Object> ref = Manifests.map(binding.get("roleRef"));
            Set<String> allowed = objects.stream().filter(object -> Manifests.id(object).equals(ref.get("kind") + "/" + ref.get("name")))
                    .flatMap(role -> Manifests.list(role.get("rules")).stream()).map(Manifests::map).flatMap(AccessTest::allowed).collect(Collectors.toCollection(TreeSet::new));
            Manifests.list(binding.get("subjects")).forEach(subject -> found.computeIfAbsent(Manifests.map(subject).get("name").toString(), name -> new TreeSet<>()).addAll(allowed));
        }
        return found;
    }

    private static java.util.stream.Stream<String> allowed(Map<String, Object> rule) {
        List<Object> names = rule.containsKey("resourceNames") ? Manifests.list(rule.get("resourceNames")) : List.of("");
        return Manifests.list(rule.get("verbs")).stream().flatMap(verb -> Manifests.list(rule.get("resources")).stream()
                .flatMap(resource -> names.stream().map(name -> verb + " " + resource + (name.equals("") ? "" : "/" + name))));
    }

    private static Map<String, Set<String>> expected() {
        Map<String, Set<String>> expected = new TreeMap<>();
        TEMPLATES.forEach((account, templates) -> {
            Set<String> rights = new TreeSet<>(Set.of("create jobs", "get jobs", "list jobs", "watch jobs", "patch jobs", "delete jobs", "list pods"));
            templates.forEach(template -> rights.add("get cronjobs/" + template));
            expected.put(account, rights);
        });
        return expected;
    }

    private static Set<String> withToken(List<Map<String, Object>> objects) {
        return objects.stream().filter(object -> Manifests.podSpec(object).map(spec -> !Boolean.FALSE.equals(spec.get("automountServiceAccountToken"))).orElse(false))
                .map(Manifests::name).collect(Collectors.toSet());
    }
}
