package dev.hone.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** A broker as a cluster has it: SASL over TLS by a private authority, and nothing allowed that is not granted. */
public final class SecureBroker implements AutoCloseable {
    public static final String ADMINISTRATOR = "administrator";

    private final LocalServer server;
    private final Certificates certificates;

    private SecureBroker(LocalServer server, Certificates certificates) {
        this.server = server;
        this.certificates = certificates;
    }

    /** @param users besides the administrator */
    public static SecureBroker start(Path folder, Set<String> users) {
        try {
            Certificates certificates = Certificates.make(Files.createDirectories(folder));
            String all = users.stream().map(user -> "user." + user + "=" + password(user) + "\n").collect(Collectors.joining());
            Path security = Files.writeString(folder.resolve("security.properties"), "keystore=" + certificates.serverStore() + "\nkeystore.password="
                    + Certificates.PASSWORD + "\nadministrator=" + ADMINISTRATOR + "\nuser." + ADMINISTRATOR + "=" + password(ADMINISTRATOR) + "\n" + all);
            return new SecureBroker(LocalServer.secureKafka(folder.resolve("data"), LocalServer.freePort(), security), certificates);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String password(String user) {
        return "password-of-" + user;
    }

    /** As Strimzi writes it into a user's Secret. */
    public static String login(String user) {
        return "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"" + user + "\" password=\"" + password(user) + "\";";
    }

    /** What a user's pods have in their environment: the variables of the table in the security page. */
    public Map<String, String> environment(String user) {
        return new TreeMap<>(Map.of("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:" + server.port(), "KAFKA_SECURITY_PROTOCOL", "SASL_SSL",
                "KAFKA_SASL_MECHANISM", "SCRAM-SHA-512",
                "KAFKA_SASL_JAAS_CONFIG", login(user),
                "KAFKA_SSL_TRUSTSTORE_TYPE", "PEM", "KAFKA_SSL_TRUSTSTORE_CERTIFICATES", certificates.caPem()));
    }

    /** Lets a user do what a cluster's KafkaUser would. @param groupPrefix of its consumer groups; may be empty */
    public void grant(String user, Set<String> reads, Set<String> writes, String groupPrefix) {
        List<AclBinding> bindings = new ArrayList<>();
        reads.forEach(topic -> bindings.add(allowed(user, ResourceType.TOPIC, topic, PatternType.LITERAL, AclOperation.READ)));
        writes.forEach(topic -> bindings.add(allowed(user, ResourceType.TOPIC, topic, PatternType.LITERAL, AclOperation.WRITE)));
        if (!groupPrefix.isEmpty()) {
            bindings.add(allowed(user, ResourceType.GROUP, groupPrefix, PatternType.PREFIXED, AclOperation.READ));
        }
        try (Admin admin = Admin.create(client(ADMINISTRATOR))) {
            admin.createAcls(bindings).all().get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while rights were granted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("rights could not be granted", e.getCause());
        }
    }

    private static AclBinding allowed(String user, ResourceType type, String name, PatternType pattern, AclOperation operation) {
        return new AclBinding(new ResourcePattern(type, name, pattern), new AccessControlEntry("User:" + user, "*", operation, AclPermissionType.ALLOW));
    }

    private Map<String, Object> client(String user) {
        Map<String, Object> properties = new TreeMap<>();
        environment(user).forEach((name, value) -> properties.put(name.substring("KAFKA_".length()).toLowerCase(Locale.ROOT).replace('_', '.'), value));
        return properties;
    }

    @Override
    public void close() {
        server.kill();
    }
}
