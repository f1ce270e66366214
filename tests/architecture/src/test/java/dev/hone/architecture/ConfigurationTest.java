package dev.hone.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.hone.artifacts.StoreConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the manifests set is what the services read. */
class ConfigurationTest {
    /** Read by the JVM, by Quarkus and by OpenTelemetry, not by Hone. */
    private static final Set<String> PLATFORM = Set.of("JAVA_TOOL_OPTIONS", "OTEL_EXPORTER_OTLP_ENDPOINT", "QUARKUS_HTTP_SSL_PORT",
            "QUARKUS_HTTP_SSL_CERTIFICATE_FILES", "QUARKUS_HTTP_SSL_CERTIFICATE_KEY_FILES", "QUARKUS_HTTP_SSL_CERTIFICATE_RELOAD_PERIOD", "QUARKUS_HTTP_INSECURE_REQUESTS");

    static List<Module> services() {
        return Repository.services();
    }

    @ParameterizedTest
    @MethodSource("services")
    void givenAService_whenItsEnvironmentInTheManifestsIsRead_thenItKnowsEveryKey(Module service) {
        Configuration known = Configuration.of(service);
        List<String> unknown = new ArrayList<>();
        for (String combination : KustomizeTest.combinations().toList()) {
            environment(Kustomize.render(combination), service).stream().filter(key -> !PLATFORM.contains(key) && !isKafkas(key) && !known.knows(key))
                    .forEach(key -> unknown.add(combination + ": " + key));
        }
        assertEquals(List.of(), unknown, () -> "The service would silently ignore these. It knows " + known.keys());
    }

    @ParameterizedTest
    @MethodSource("dev.hone.architecture.KustomizeTest#combinations")
    void givenACombination_whenTheEnvironmentOfItsJobsIsRead_thenTheLibrariesKnowEveryKey(String combination) {
        List<Map<String, Object>> objects = Kustomize.render(combination);
        Set<String> known = Repository.modules().stream().filter(Module::isLibrary).flatMap(JavaSource::of)
                .flatMap(source -> source.stringLiterals().stream()).collect(Collectors.toSet());
        known.addAll(new StoreConfig("e", "a", "s", "b").toEnvironment().keySet());
        List<String> unknown = Manifests.ofKind(objects, "CronJob").stream().filter(job -> Images.isTemplate(Manifests.name(job)))
                .flatMap(job -> environment(objects, Manifests.containers(Manifests.podSpec(job).orElseThrow()).getFirst()).stream()
                        .filter(key -> !PLATFORM.contains(key) && !isKafkas(key) && !known.contains(key)).map(key -> Manifests.id(job) + ": " + key)).toList();
        assertEquals(List.of(), unknown, "a Job has no Quarkus: its libraries look their variables up by name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"KAFKA_SASL_JAAS_CONFG", "KAFKA_SSL_CA", "HONE_STORE_ENDPONT", "HONE_JOBS_KUBERNETES_IMAGE"})
    void givenAVariableThatNobodyReads_whenItIsLookedFor_thenItIsUnknown(String key) {
        assertFalse(isKafkas(key) || PLATFORM.contains(key) || Repository.services().stream().anyMatch(service -> Configuration.of(service).knows(key)));
    }

    @ParameterizedTest
    @MethodSource("services")
    void givenAService_whenItsPortInTheManifestsIsRead_thenItListensThere(Module service) {
        String port = service.applicationProperties().getProperty("quarkus.http.port", "8080");
        Map<String, Object> container = container(Kustomize.render("k8s/base"), service);
        assertEquals(List.of(port), Manifests.list(container.get("ports")).stream().map(entry -> Manifests.map(entry).get("containerPort").toString()).toList());
    }

    @ParameterizedTest
    @MethodSource("services")
    void givenAService_whenItsConfigurationIsRead_thenItKnowsTheStoreTheBrokerAndItsWorkDirectory(Module service) {
        Configuration known = Configuration.of(service);
        Set<String> expected = new TreeSet<>(new StoreConfig("e", "a", "s", "b").toEnvironment().keySet());
        expected.addAll(Set.of("KAFKA_BOOTSTRAP_SERVERS", "HONE_WORK_DIR"));
        expected.removeIf(known::knows);
        assertEquals(Set.of(), expected, "one machine and a cluster configure every service by the same keys");
    }

    @Test
    void givenTheCommandLine_whenItNamesEnvironmentVariables_thenSomeServiceKnowsThem() {
        List<Configuration> known = Repository.services().stream().map(Configuration::of).toList();
        Set<String> store = new StoreConfig("e", "a", "s", "b").toEnvironment().keySet();
        List<String> unknown = JavaSource.of(Repository.module("cli")).flatMap(source -> source.find("\\bHONE_(?!JDK|HOME)[A-Z_]+\\b").map(MatchResult::group))
                .filter(key -> !store.contains(key) && known.stream().noneMatch(configuration -> configuration.knows(key))).distinct().toList();
        ModuleArrowsTest.assertNone(unknown, "a service silently ignores a variable it does not know");
    }

    @Test
    void givenTheManifests_whenTheirSecretsAreRead_thenTheyAreReferencesOnly() {
        List<String> open = new ArrayList<>();
        for (Map<String, Object> object : Manifests.sources()) {
            Manifests.podSpec(object).ifPresent(spec -> Manifests.containers(spec).forEach(container -> Manifests.environment(container).forEach((key, value) -> {
                if (key.matches(".*(SECRET|PASSWORD|TOKEN|ACCESS_KEY).*") && value instanceof String) {
                    open.add(Manifests.id(object) + ": " + key);
                }
            })));
        }
        ModuleArrowsTest.assertNone(open, "a secret in a manifest is a secret in the version history");
    }

    /** {@code KAFKA_SASL_MECHANISM} is a client's {@code sasl.mechanism}. */
    private static boolean isKafkas(String key) {
        String property = key.replaceFirst("^KAFKA_", "").toLowerCase(java.util.Locale.ROOT).replace('_', '.');
        return key.startsWith("KAFKA_") && (ProducerConfig.configNames().contains(property) || ConsumerConfig.configNames().contains(property));
    }

    private static Set<String> environment(List<Map<String, Object>> objects, Module service) {
        return environment(objects, container(objects, service));
    }

    private static Set<String> environment(List<Map<String, Object>> objects, Map<String, Object> container) {
        Set<String> keys = new TreeSet<>(Manifests.environment(container).keySet());
        for (Object from : Manifests.list(container.get("envFrom"))) {
            Manifests.at(from, "configMapRef", "name").ifPresent(name -> Manifests.ofKind(objects, "ConfigMap").stream()
                    .filter(map -> Manifests.name(map).equals(name)).forEach(map -> keys.addAll(Manifests.map(map.get("data")).keySet())));
        }
        return keys;
    }

    private static Map<String, Object> container(List<Map<String, Object>> objects, Module service) {
        Map<String, Object> deployment = Manifests.ofKind(objects, "Deployment").stream()
                .filter(object -> Manifests.name(object).equals(service.name())).findFirst().orElseThrow();
        return Manifests.containers(Manifests.podSpec(deployment).orElseThrow()).getFirst();
    }
}
