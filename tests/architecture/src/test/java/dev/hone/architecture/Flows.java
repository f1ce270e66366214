package dev.hone.architecture;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What network policies let pass, by Kubernetes' rules: a pod that no policy selects for a direction is open in it; one that is selected
 * passes what the rules of any of its policies name. Both ends have to agree.
 */
record Flows(List<Map<String, Object>> policies) {

    /**
     * One end of a connection.
     *
     * @param namespace labels of its namespace; empty for an address outside the cluster
     * @param labels of the pod
     * @param ports that it listens on, by name and by number
     * @param home whether it is in the namespace of the policies, and so subject to them
     */
    record Endpoint(String name, Map<String, String> namespace, Map<String, String> labels, String ip, Map<String, Integer> ports, boolean home) {}

    static Flows of(List<Map<String, Object>> objects) {
        Stream<Map<String, Object>> ofOperators = objects.stream().filter(object -> "Kafka".equals(object.get("kind"))).flatMap(Flows::strimzi);
        return new Flows(Stream.concat(Manifests.ofKind(objects, "NetworkPolicy").stream(), ofOperators).toList());
    }

    /** What Strimzi makes of a cluster: its listeners' peers, brokers and controllers among themselves, and the operators of topics and users. */
    private static Stream<Map<String, Object>> strimzi(Map<String, Object> kafka) {
        String cluster = Manifests.name(kafka);
        Map<String, Object> brokers = Map.of("matchLabels", Map.of("strimzi.io/name", cluster + "-kafka"));
        Map<String, Object> operators = Map.of("matchLabels", Map.of("strimzi.io/name", cluster + "-entity-operator"));
        Stream<Map<String, Object>> listeners = Manifests.list(Manifests.at(kafka, "spec", "kafka", "listeners").orElse(null)).stream().map(Manifests::map)
                .map(listener -> ingress(brokers, Manifests.list(listener.get("networkPolicyPeers")), listener.get("port")));
        return Stream.concat(listeners, Stream.of(ingress(brokers, List.of(Map.of("podSelector", brokers)), 9090),
                ingress(brokers, List.of(Map.of("podSelector", brokers), Map.of("podSelector", operators)), 9091)));
    }

    private static Map<String, Object> ingress(Map<String, Object> pods, List<?> peers, Object port) {
        return Map.of("spec", Map.of("podSelector", pods, "policyTypes", List.of("Ingress"),
                "ingress", List.of(Map.of("from", peers, "ports", List.of(Map.of("port", port))))));
    }

    boolean pass(Endpoint from, Endpoint to, int port) {
        return (!from.home() || allowed("Egress", from, to, to, port)) && (!to.home() || allowed("Ingress", to, from, to, port));
    }

    private boolean allowed(String direction, Endpoint subject, Endpoint peer, Endpoint listener, int port) {
        List<Map<String, Object>> selecting = policies.stream().filter(policy -> directions(policy).contains(direction))
                .filter(policy -> matches(Manifests.at(policy, "spec", "podSelector").orElse(Map.of()), subject.labels())).toList();
        String rules = direction.toLowerCase(java.util.Locale.ROOT);
        String peers = direction.equals("Egress") ? "to" : "from";
        return selecting.isEmpty() || selecting.stream().flatMap(policy -> Manifests.list(Manifests.at(policy, "spec", rules).orElse(null)).stream()).map(Manifests::map)
                .anyMatch(rule -> peer(rule.get(peers), peer) && port(rule.get("ports"), listener, port));
    }

    /** Ingress unless said otherwise, and Egress where there are rules for it. */
    private static List<String> directions(Map<String, Object> policy) {
        return Manifests.at(policy, "spec", "policyTypes").map(Manifests::list).map(types -> types.stream().map(Object::toString).toList())
                .orElseGet(() -> Manifests.at(policy, "spec", "egress").isPresent() ? List.of("Ingress", "Egress") : List.of("Ingress"));
    }

    private static boolean peer(Object peers, Endpoint endpoint) {
        return peers == null || Manifests.list(peers).isEmpty() || Manifests.list(peers).stream().map(Manifests::map).anyMatch(peer -> matchesPeer(peer, endpoint));
    }

    private static boolean matchesPeer(Map<String, Object> peer, Endpoint endpoint) {
        if (peer.containsKey("ipBlock")) {
            Map<String, Object> block = Manifests.map(peer.get("ipBlock"));
            return inRange(endpoint.ip(), block.get("cidr").toString()) && Manifests.list(block.get("except")).stream().noneMatch(except -> inRange(endpoint.ip(), except.toString()));
        }
        boolean there = peer.containsKey("namespaceSelector") ? !endpoint.namespace().isEmpty() && matches(peer.get("namespaceSelector"), endpoint.namespace()) : endpoint.home();
        return there && (!peer.containsKey("podSelector") || matches(peer.get("podSelector"), endpoint.labels()));
    }

    private static boolean port(Object ports, Endpoint listener, int port) {
        return ports == null || Manifests.list(ports).isEmpty() || Manifests.list(ports).stream().map(Manifests::map)
                .anyMatch(entry -> entry.get("port") == null || number(entry.get("port"), listener).filter(number -> number == port).isPresent());
    }

    private static Optional<Integer> number(Object port, Endpoint listener) {
        return port instanceof Integer number ? Optional.of(number) : Optional.ofNullable(listener.ports().get(port.toString()));
    }

    private static boolean matches(Object selector, Map<String, String> labels) {
        boolean equal = Manifests.map(Manifests.at(selector, "matchLabels").orElse(null)).entrySet().stream()
                .allMatch(wanted -> Objects.equals(labels.get(wanted.getKey()), wanted.getValue()));
        return equal && Manifests.list(Manifests.at(selector, "matchExpressions").orElse(null)).stream().map(Manifests::map).allMatch(expression -> holds(expression, labels));
    }

    private static boolean holds(Map<String, Object> expression, Map<String, String> labels) {
        String value = labels.get(expression.get("key").toString());
        return switch (expression.get("operator").toString()) {
            case "In" -> value != null && Manifests.list(expression.get("values")).contains(value);
            case "NotIn" -> value == null || !Manifests.list(expression.get("values")).contains(value);
            case "Exists" -> value != null;
            case "DoesNotExist" -> value == null;
            default -> throw new AssertionError("Expected one of the four operators of a selector, found " + expression.get("operator"));
        };
    }

    private static boolean inRange(String ip, String cidr) {
        String[] range = cidr.split("/");
        int bits = Integer.parseInt(range[1]);
        int mask = bits == 0 ? 0 : -1 << (32 - bits);
        return (address(ip) & mask) == (address(range[0]) & mask);
    }

    private static int address(String ip) {
        return Stream.of(ip.split("\\.")).mapToInt(Integer::parseInt).reduce(0, (left, right) -> left << 8 | right);
    }
}
