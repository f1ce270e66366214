package dev.hone.architecture;

import dev.hone.architecture.Flows.Endpoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Who could talk to whom: the pods of a rendered combination, those that operators make of it, and whoever else a cluster has. */
final class Endpoints {
    private static final Map<String, String> HOME = Map.of("kubernetes.io/metadata.name", "hone");

    private final List<Endpoint> found = new ArrayList<>();

    private Endpoints() {}

    static List<Endpoint> of(List<Map<String, Object>> objects) {
        Endpoints endpoints = new Endpoints();
        objects.forEach(endpoints::workload);
        objects.stream().filter(object -> "Kafka".equals(object.get("kind"))).forEach(kafka -> endpoints.strimzi(Manifests.name(kafka)));
        endpoints.inTheNamespace();
        endpoints.elsewhere();
        return endpoints.found;
    }

    private void workload(Map<String, Object> object) {
        Manifests.podTemplate(object).ifPresent(template -> {
            Map<String, String> labels = new LinkedHashMap<>();
            Manifests.map(Manifests.at(template, "metadata", "labels").orElse(null)).forEach((key, value) -> labels.put(key, value.toString()));
            if ("CronJob".equals(object.get("kind"))) {
                // The launcher names a Job's pods by its stage.
                labels.put("app.kubernetes.io/name", Manifests.name(object));
            }
            Map<String, Integer> ports = new LinkedHashMap<>();
            Manifests.containers(Manifests.map(template.get("spec"))).stream().flatMap(container -> Manifests.list(container.get("ports")).stream()).map(Manifests::map)
                    .forEach(port -> ports.put(port.get("name").toString(), (Integer) port.get("containerPort")));
            pod(Manifests.name(object), labels, ports);
        });
    }

    /** Pods as Strimzi labels them; the brokers' own policies, which let in the listener's peers, are Strimzi's. */
    private void strimzi(String cluster) {
        pod("kafka", Map.of("app.kubernetes.io/name", "kafka", "app.kubernetes.io/part-of", "strimzi-" + cluster, "strimzi.io/cluster", cluster, "strimzi.io/name", cluster + "-kafka"),
                Map.of("tcp-ctrlplane", 9090, "tcp-replication", 9091, "tcp-tls", 9093));
        pod("entity-operator", Map.of("app.kubernetes.io/name", "entity-operator", "app.kubernetes.io/part-of", "strimzi-" + cluster, "strimzi.io/cluster", cluster,
                "strimzi.io/name", cluster + "-entity-operator"), Map.of("healthcheck", 8081));
    }

    private void inTheNamespace() {
        pod("verify", Map.of("app.kubernetes.io/part-of", "hone", "app.kubernetes.io/component", "verify"), Map.of());
        pod("backup", Map.of("app.kubernetes.io/part-of", "hone", "app.kubernetes.io/component", "backup"), Map.of());
        // Somebody's shell, with no label of ours and something that listens on every port of interest.
        pod("stray", Map.of("run", "shell"), Map.of("http", 8085, "kafka", 9092, "s3", 9000, "https", 443));
    }

    private void elsewhere() {
        pod("dns", "kube-system", Map.of("k8s-app", "kube-dns"), Map.of("dns", 53));
        pod("metrics-server", "kube-system", Map.of("k8s-app", "metrics-server"), Map.of("dns", 53));
        pod("prometheus", "monitoring", Map.of("app.kubernetes.io/name", "prometheus"), Map.of("web", 9090));
        pod("grafana", "monitoring", Map.of("app.kubernetes.io/name", "grafana"), Map.of("web", 3000));
        pod("collector", "monitoring", Map.of("app.kubernetes.io/name", "opentelemetry-collector"), Map.of("otlp", 4317, "otlp-http", 4318));
        pod("keda", "keda", Map.of("app", "keda-operator"), Map.of("metrics", 8080));
        pod("stranger", "other", Map.of("app.kubernetes.io/name", "prometheus"), Map.of("otlp-http", 4318, "kafka", 9092, "s3", 9000));
        found.add(new Endpoint("client", Map.of("kubernetes.io/metadata.name", "shop", "hone.dev/clients", "true"), Map.of(), "10.244.3.1", Map.of("http", 8080), false));
        found.add(new Endpoint("gateway", Map.of("kubernetes.io/metadata.name", "gateways", "hone.dev/gateway", "true"), Map.of(), "10.244.3.2", Map.of("http", 8080), false));
        outside("api-server", "10.0.0.10", Map.of("https", 443, "secure", 6443));
        outside("s3", "52.219.0.1", Map.of("https", 443, "ssh", 22));
        outside("metadata-of-the-cloud", "169.254.169.254", Map.of("http", 80, "https", 443));
    }

    private void pod(String name, Map<String, String> labels, Map<String, Integer> ports) {
        found.add(new Endpoint(name, HOME, Map.copyOf(labels), "10.244.1." + (found.size() + 1), ports, true));
    }

    private void pod(String name, String namespace, Map<String, String> labels, Map<String, Integer> ports) {
        found.add(new Endpoint(name, Map.of("kubernetes.io/metadata.name", namespace), labels, "10.244.2." + (found.size() + 1), ports, false));
    }

    private void outside(String name, String ip, Map<String, Integer> ports) {
        found.add(new Endpoint(name, Map.of(), Map.of(), ip, ports, false));
    }
}
