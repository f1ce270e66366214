package dev.hone.architecture;

import dev.hone.events.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Follows what objects say of each other: selectors, ports, targets, clusters, queues. */
final class Links {
    private static final Set<String> SCALED = Set.of("ingest", "evaluator", "serving");

    private final List<Map<String, Object>> objects;
    private final List<String> faults = new ArrayList<>();

    private Links(List<Map<String, Object>> objects) {
        this.objects = objects;
    }

    static List<String> faults(List<Map<String, Object>> objects) {
        Links links = new Links(objects);
        objects.forEach(links::follow);
        return links.faults;
    }

    private void follow(Map<String, Object> object) {
        workload(object);
        switch (object.get("kind").toString()) {
            case "Service" -> service(object);
            case "PodDisruptionBudget" -> budget(object);
            case "ScaledObject" -> scaled(object);
            case "HTTPRoute", "GRPCRoute" -> route(object);
            case "PodMonitor" -> Manifests.list(Manifests.at(object, "spec", "podMetricsEndpoints").orElse(null)).forEach(endpoint -> monitored(object, Manifests.map(endpoint)));
            case "LocalQueue" -> expect(exists("ClusterQueue", text(object, "spec", "clusterQueue")), object, "there is no ClusterQueue " + text(object, "spec", "clusterQueue"));
            case "CronJob" -> Manifests.at(object, "spec", "jobTemplate", "metadata", "labels", "kueue.x-k8s.io/queue-name")
                    .ifPresent(queue -> expect(exists("LocalQueue", queue.toString()), object, "there is no LocalQueue " + queue));
            case "KafkaTopic", "KafkaUser", "KafkaNodePool" -> strimzi(object);
            default -> { }
        }
    }

    private void workload(Map<String, Object> object) {
        Manifests.podTemplate(object).ifPresent(template -> {
            Map<String, Object> labels = labels(template);
            Manifests.at(object, "spec", "selector", "matchLabels").ifPresent(selector -> expect(selects(Manifests.map(selector), labels), object, "does not select its own pods"));
            Manifests.list(Manifests.at(template, "spec", "topologySpreadConstraints").orElse(null)).forEach(constraint -> expect(
                    selects(Manifests.map(Manifests.at(constraint, "labelSelector", "matchLabels").orElse(null)), labels), object, "does not spread its own pods"));
            Manifests.containers(Manifests.map(template.get("spec"))).forEach(container -> Stream.of("startupProbe", "livenessProbe", "readinessProbe")
                    .flatMap(probe -> Stream.of("httpGet", "tcpSocket").flatMap(how -> Manifests.at(container, probe, how, "port").stream()))
                    .forEach(port -> expect(ports(container).contains(port), object, "there is no port " + port + " to probe")));
        });
    }

    private void service(Map<String, Object> service) {
        List<Map<String, Object>> selected = selected(service, "spec", "selector");
        Manifests.list(Manifests.at(service, "spec", "ports").orElse(null)).stream().map(Manifests::map)
                .map(port -> port.getOrDefault("targetPort", port.get("port")))
                .forEach(target -> expect(selected.stream().flatMap(template -> Manifests.containers(Manifests.map(template.get("spec"))).stream())
                        .anyMatch(container -> ports(container).contains(target)), service, "leads to no port " + target));
    }

    private void budget(Map<String, Object> budget) {
        selected(budget, "spec", "selector", "matchLabels");
        expect(Manifests.at(budget, "spec", "minAvailable").isEmpty(), budget, "with one replica a minimum would block a drain");
    }

    private List<Map<String, Object>> selected(Map<String, Object> object, String... path) {
        Map<String, Object> selector = Manifests.map(Manifests.at(object, path).orElse(null));
        List<Map<String, Object>> found = objects.stream().flatMap(other -> Manifests.podTemplate(other).stream()).filter(template -> selects(selector, labels(template))).toList();
        expect(found.size() == 1, object, "selects " + found.size() + " workloads");
        return found;
    }

    private void scaled(Map<String, Object> object) {
        String target = text(object, "spec", "scaleTargetRef", "name");
        expect(exists("Deployment", target), object, "scales nothing: " + target);
        expect(SCALED.contains(target), object, target + " is not to be scaled: it makes Jobs, and they are queued");
        objects.stream().filter(other -> Manifests.id(other).equals("Deployment/" + target)).forEach(deployment ->
                expect(Manifests.at(deployment, "spec", "replicas").isEmpty(), object, "what it decides is set back by every apply: Deployment/" + target + " has replicas"));
        for (Object trigger : Manifests.list(Manifests.at(object, "spec", "triggers").orElse(null))) {
            Manifests.at(trigger, "metadata", "topic").ifPresent(topic -> expect(Topic.named(topic.toString()).isPresent(), object, "there is no topic " + topic));
            Manifests.at(trigger, "metadata", "consumerGroup").ifPresent(group -> expect(group.equals(target), object, "there is no group " + group + " of " + target));
        }
    }

    private void route(Map<String, Object> route) {
        for (Object parent : Manifests.list(Manifests.at(route, "spec", "parentRefs").orElse(null))) {
            String listener = text(parent, "sectionName");
            expect(objects.stream().filter(other -> Manifests.id(other).equals("Gateway/" + text(parent, "name")))
                    .flatMap(gateway -> Manifests.list(Manifests.at(gateway, "spec", "listeners").orElse(null)).stream())
                    .anyMatch(found -> text(found, "name").equals(listener)), route, "there is no listener " + listener);
        }
        for (Object rule : Manifests.list(Manifests.at(route, "spec", "rules").orElse(null))) {
            Manifests.list(Manifests.map(rule).get("backendRefs")).forEach(backend -> expect(hasPort(text(backend, "name"), Manifests.map(backend).get("port")), route,
                    "there is no Service " + text(backend, "name") + " with port " + Manifests.map(backend).get("port")));
            Manifests.list(Manifests.map(rule).get("matches")).forEach(match -> Manifests.at(match, "method", "service")
                    .ifPresent(name -> expect(isServed(name.toString()), route, "there is no gRPC service " + name)));
        }
    }

    private void monitored(Map<String, Object> monitor, Map<String, Object> endpoint) {
        for (Module service : Repository.services()) {
            expect(objects.stream().filter(other -> Manifests.id(other).equals("Deployment/" + service.name())).flatMap(other -> Manifests.podSpec(other).stream())
                    .flatMap(spec -> Manifests.containers(spec).stream()).anyMatch(container -> ports(container).contains(endpoint.get("port"))),
                    monitor, "there is no port " + endpoint.get("port") + " of " + service.name());
        }
    }

    private void strimzi(Map<String, Object> object) {
        String cluster = text(object, "metadata", "labels", "strimzi.io/cluster");
        expect(exists("Kafka", cluster), object, "there is no Kafka " + cluster);
        int brokers = objects.stream().filter(other -> other.get("kind").equals("KafkaNodePool") && Manifests.list(Manifests.at(other, "spec", "roles").orElse(null)).contains("broker"))
                .mapToInt(pool -> Integer.parseInt(text(pool, "spec", "replicas"))).sum();
        expect(!object.get("kind").equals("KafkaTopic") || Integer.parseInt(text(object, "spec", "replicas")) <= brokers, object, "has more replicas than brokers");
    }

    private boolean hasPort(String service, Object port) {
        return objects.stream().filter(other -> Manifests.id(other).equals("Service/" + service))
                .flatMap(other -> Manifests.list(Manifests.at(other, "spec", "ports").orElse(null)).stream()).anyMatch(found -> Manifests.map(found).get("port").equals(port));
    }

    /** Hone's own by its contract; health and reflection are gRPC's, and serving has them. */
    private static boolean isServed(String service) {
        String contract = Repository.read("proto/src/main/proto/hone/v1/inference.proto");
        return service.startsWith("hone.v1.") ? contract.contains("service " + service.substring("hone.v1.".length()) + " {") : service.startsWith("grpc.");
    }

    private boolean exists(String kind, String name) {
        return objects.stream().anyMatch(other -> Manifests.id(other).equals(kind + "/" + name));
    }

    private static Set<Object> ports(Map<String, Object> container) {
        return Manifests.list(container.get("ports")).stream().map(Manifests::map).flatMap(port -> Stream.of(port.get("name"), port.get("containerPort")))
                .collect(java.util.stream.Collectors.toSet());
    }

    private static boolean selects(Map<String, Object> selector, Map<String, Object> labels) {
        return !selector.isEmpty() && labels.entrySet().containsAll(selector.entrySet());
    }

    private static Map<String, Object> labels(Map<String, Object> template) {
        return Manifests.map(Manifests.at(template, "metadata", "labels").orElse(null));
    }

    private static String text(Object object, String... path) {
        return Manifests.at(object, path).map(Object::toString).orElse("");
    }

    private void expect(boolean holds, Map<String, Object> object, String otherwise) {
        if (!holds) {
            faults.add(Manifests.id(object) + ": " + otherwise);
        }
    }
}
