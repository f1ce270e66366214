package dev.hone.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.hone.architecture.Flows.Endpoint;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Of all connections that could be made, the policies pass those of the table in docs/kubernetes.md, and no other. */
class FlowsTest {
    private static final Set<String> SERVICES = Set.of("ingest", "trainer", "quantizer", "evaluator", "serving");
    private static final Set<String> JOBS = Set.of("train", "quantize", "qat", "evaluate");

    @ParameterizedTest
    @ValueSource(strings = {"local", "gpu", "prod"})
    void givenAnOverlay_whenAnyTwoTalk_thenOnlyTheDocumentedFlowsPass(String overlay) {
        List<Map<String, Object>> objects = Kustomize.render("k8s/overlays/" + overlay);
        assertEquals(Set.of(), difference(documented(overlay, Endpoints.of(objects)), passing(objects)), "each in the table of docs/kubernetes.md or among the policies only");
    }

    @ParameterizedTest
    @ValueSource(strings = {"k8s/tests/everything", "k8s/tests/prod-gpu-kueue"})
    void givenServingWithTls_whenClientsCall_thenTheyReachThatPortOnly(String combination) {
        Set<String> passing = passing(Kustomize.render(combination));
        assertEquals(Set.of("client -> serving:8443"), passing.stream().filter(flow -> flow.startsWith("client -> serving")).collect(Collectors.toSet()));
        assertEquals(Set.of("gateway -> serving:8085"), passing.stream().filter(flow -> flow.startsWith("gateway -> serving")).collect(Collectors.toSet()));
    }

    @ParameterizedTest
    @CsvSource(nullValues = "none", value = {
        "NetworkPolicy/default-deny, spec.policyTypes, [Egress]",
        "NetworkPolicy/default-deny, spec.podSelector, '{matchLabels: {app.kubernetes.io/name: x}}'",
        "NetworkPolicy/to-dns, spec.egress.0.to, none",
        "NetworkPolicy/to-collector, spec.podSelector, '{}'",
        "NetworkPolicy/to-dns, spec.egress.0.to.0.podSelector, none",
        "NetworkPolicy/to-broker, spec.egress.0.ports.0.port, 9094",
        "NetworkPolicy/to-store, spec.egress, none",
        "NetworkPolicy/to-api-server, spec.podSelector.matchExpressions.0.values, '[trainer, quantizer, evaluator, serving]'",
        "NetworkPolicy/to-api-server, spec.egress.0.to.0.ipBlock.except, none",
        "NetworkPolicy/serving-from-clients, spec.ingress.0.from.0.namespaceSelector, '{}'",
        "NetworkPolicy/serving-from-clients, spec.ingress.0.ports.0.port, htp",
        "NetworkPolicy/from-prometheus, spec.ingress.0.from.0.podSelector, none",
        "NetworkPolicy/store-from-hone, spec.ingress.0.from.0, '{namespaceSelector: {}}'",
        "NetworkPolicy/broker-from-hone, spec.podSelector.matchLabels.app~kubernetes~io/name, kafke",
    })
    void givenAPolicyThatIsWrong_whenAnyTwoTalk_thenOtherFlowsPassThanTheDocumented(String id, String path, String value) {
        List<Map<String, Object>> objects = Kustomize.render("k8s/overlays/local");
        assertFalse(difference(documented("local", Endpoints.of(objects)), passing(Broken.among(objects, id, path, value))).isEmpty());
    }

    private static Set<String> difference(Set<String> documented, Set<String> passing) {
        TreeSet<String> difference = new TreeSet<>();
        documented.stream().filter(flow -> !passing.contains(flow)).forEach(flow -> difference.add("does not pass: " + flow));
        passing.stream().filter(flow -> !documented.contains(flow)).forEach(flow -> difference.add("is not documented: " + flow));
        return difference;
    }

    private static Set<String> passing(List<Map<String, Object>> objects) {
        Flows flows = Flows.of(objects);
        List<Endpoint> endpoints = Endpoints.of(objects);
        TreeSet<String> found = new TreeSet<>();
        for (Endpoint from : endpoints) {
            for (Endpoint to : endpoints) {
                if (from != to && (from.home() || to.home())) {
                    to.ports().values().stream().filter(port -> flows.pass(from, to, port)).forEach(port -> found.add(from.name() + " -> " + to.name() + ":" + port));
                }
            }
        }
        return found;
    }

    /** The rows of the table with words such as "services" spelt out, for what there is in the overlay. */
    private static Set<String> documented(String overlay, List<Endpoint> endpoints) {
        Set<String> there = endpoints.stream().map(Endpoint::name).collect(Collectors.toSet());
        Set<String> home = endpoints.stream().filter(Endpoint::home).map(Endpoint::name).collect(Collectors.toSet());
        String kind = overlay.equals("gpu") ? "local" : overlay;
        TreeSet<String> flows = new TreeSet<>();
        for (String[] row : rows().filter(row -> row[3].equals("always") || row[3].equals(kind)).toList()) {
            for (String from : spelt(row[0], home).filter(there::contains).toList()) {
                for (String to : spelt(row[1], home).filter(name -> there.contains(name) && !name.equals(from)).toList()) {
                    Set<Integer> open = Set.copyOf(endpoints.stream().filter(endpoint -> endpoint.name().equals(to)).findFirst().orElseThrow().ports().values());
                    Stream.of(row[2].split(", ")).map(Integer::valueOf).filter(open::contains).forEach(port -> flows.add(from + " -> " + to + ":" + port));
                }
            }
        }
        return flows;
    }

    private static Stream<String> spelt(String cell, Set<String> home) {
        return Stream.of(cell.split(", ")).flatMap(word -> switch (word) {
            case "every pod" -> home.stream();
            case "services" -> SERVICES.stream();
            case "jobs" -> JOBS.stream();
            case "any address" -> Stream.of("api-server", "s3");
            default -> Stream.of(word);
        });
    }

    /** from, to, ports, where */
    private static Stream<String[]> rows() {
        String page = Repository.read("docs/kubernetes.md");
        String table = page.substring(page.indexOf("| from | to | port | where |"));
        return table.lines().takeWhile(line -> line.startsWith("|")).skip(2)
                .map(line -> Stream.of(line.substring(1).split("\\|")).map(String::strip).toArray(String[]::new));
    }
}
