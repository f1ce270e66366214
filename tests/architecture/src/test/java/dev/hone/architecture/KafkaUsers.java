package dev.hone.architecture;

import dev.hone.events.Rights;
import dev.hone.events.Topic;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Who may what on the broker, by the table of topics ({@link Rights}): a right is {@code topic NAME Read}, or {@code group NAME* Read} for all groups that
 * begin so. Whoever may read or write a topic may see that it is there; an idempotent producer needs no right of its own since Kafka 2.8.
 */
final class KafkaUsers {
    static final String FILE = "k8s/overlays/prod/users.yaml";

    private static final String STORE_EVENTS = "store.events";
    private static final List<String> SERVICES = List.of("ingest", "trainer", "quantizer", "evaluator", "serving");

    private KafkaUsers() {}

    /** Rights by user, as the table of topics has them. */
    static Map<String, TreeSet<String>> expected() {
        Map<String, TreeSet<String>> users = new LinkedHashMap<>();
        SERVICES.forEach(service -> users.put("hone-" + service, rights(service)));
        users.put("hone-others", rights(Topic.Writers.OTHERS));
        users.put("hone-store", new TreeSet<>(List.of("topic " + STORE_EVENTS + " Write")));
        return users;
    }

    /** Rights by user, as the manifests have them. */
    static Map<String, TreeSet<String>> found(List<Map<String, Object>> objects) {
        Map<String, TreeSet<String>> users = new TreeMap<>();
        Manifests.ofKind(objects, "KafkaUser").forEach(user -> users.put(Manifests.name(user),
                Manifests.list(Manifests.at(user, "spec", "authorization", "acls").orElse(null)).stream().flatMap(KafkaUsers::rights).collect(Collectors.toCollection(TreeSet::new))));
        return users;
    }

    private static Stream<String> rights(Object acl) {
        String name = Manifests.at(acl, "resource", "name").orElse("") + ("prefix".equals(Manifests.at(acl, "resource", "patternType").orElse("")) ? "*" : "");
        boolean denied = "deny".equals(Manifests.map(acl).get("type"));
        return Manifests.list(Manifests.map(acl).get("operations")).stream()
                .map(operation -> (denied ? "not " : "") + Manifests.at(acl, "resource", "type").orElse("") + " " + name + " " + operation);
    }

    private static TreeSet<String> rights(String user) {
        Rights rights = Rights.of(user);
        TreeSet<String> found = new TreeSet<>();
        rights.reads().forEach(topic -> found.add("topic " + topic + " Read"));
        rights.writes().forEach(topic -> found.add("topic " + topic + " Write"));
        if (!rights.groupPrefix().isEmpty()) {
            found.add("group " + rights.groupPrefix() + "* Read");
        }
        return found;
    }

    /** The file of users that has the expected rights. */
    static String yaml() {
        StringBuilder text = new StringBuilder("""
                # Who may what on the broker: the table of topics as rights. Written by the tests (-Dhone.update=true), which hold the two
                # equal. Whoever may read or write a topic may see that it is there; an idempotent producer needs no right of its own since
                # Kafka 2.8; nobody has transactions, and nobody makes topics. Strimzi writes a Secret of each user's name. A service's Jobs are
                # the same user as the service. Serving has no group: every replica needs every record.
                """);
        String between = "";
        for (Map.Entry<String, TreeSet<String>> user : expected().entrySet()) {
            text.append(between).append(user(user.getKey(), user.getValue()));
            between = "---\n";
        }
        return text.toString();
    }

    private static String user(String name, TreeSet<String> rights) {
        Map<String, List<String>> operations = rights.stream().map(right -> right.split(" ")).collect(Collectors.groupingBy(right -> right[0] + " " + right[1],
                TreeMap::new, Collectors.mapping(right -> right[2], Collectors.toList())));
        StringBuilder text = new StringBuilder("""
                apiVersion: kafka.strimzi.io/v1
                kind: KafkaUser
                metadata:
                  name: %s
                  labels:
                    strimzi.io/cluster: hone
                spec:
                  authentication:
                    type: scram-sha-512
                  authorization:
                    type: simple
                    acls:
                """.formatted(name));
        operations.forEach((resource, allowed) -> {
            String[] words = resource.split(" ");
            boolean prefix = words[1].endsWith("*");
            text.append("""
                          - resource:
                              type: %s
                              name: %s
                              patternType: %s
                            operations: [%s]
                    """.formatted(words[0], words[1].replace("*", ""), prefix ? "prefix" : "literal", String.join(", ", allowed)));
        });
        return text.toString();
    }
}
