package dev.hone.local.kafka;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Who may do what: clients come over TLS and name themselves by SCRAM-SHA-512, and may do only what an access control list
 * allows, but for the administrator. Read from a file and not from the command line, which every user of the machine sees.
 *
 * @param keyStore      PKCS#12, of the broker's certificate and its authority's
 * @param administrator one of the users
 * @param users         passwords by name; made once, with the folder
 */
record Security(Path keyStore, String keyStorePassword, String administrator, Map<String, String> users) {
    static final String LISTENER = "SECURE";

    private static final String MECHANISM = "SCRAM-SHA-512";
    private static final String USER = "user.";

    Security {
        if (!users.containsKey(administrator)) {
            throw new IllegalArgumentException("Expected the administrator among the users " + users.keySet() + ", found " + administrator + ".");
        }
    }

    /** Keys {@code keystore}, {@code keystore.password}, {@code administrator}, and {@code user.NAME} with a password each. */
    static Security read(Path file) throws IOException {
        Properties read = new Properties();
        try (Reader in = Files.newBufferedReader(file)) {
            read.load(in);
        }
        Map<String, String> users = new TreeMap<>();
        read.stringPropertyNames().stream().filter(key -> key.startsWith(USER)).forEach(key -> users.put(key.substring(USER.length()), read.getProperty(key)));
        return new Security(Path.of(read.getProperty("keystore", "")), read.getProperty("keystore.password", ""), read.getProperty("administrator", ""), users);
    }

    /** As the storage is formatted with, so that they are known from the first connection on. */
    List<String> credentials() {
        return users.entrySet().stream().map(user -> MECHANISM + "=[name=" + user.getKey() + ",password=" + user.getValue() + "]").collect(Collectors.toList());
    }

    void addTo(Properties p) {
        p.put("ssl.keystore.location", keyStore.toString());
        p.put("ssl.keystore.password", keyStorePassword);
        p.put("ssl.keystore.type", "PKCS12");
        // It connects to itself, and so must know who signed its certificate.
        p.put("ssl.truststore.location", keyStore.toString());
        p.put("ssl.truststore.password", keyStorePassword);
        p.put("ssl.truststore.type", "PKCS12");
        p.put("sasl.enabled.mechanisms", MECHANISM);
        p.put("sasl.mechanism.inter.broker.protocol", MECHANISM);
        p.put("inter.broker.listener.name", LISTENER);
        p.put("listener.name.secure.scram-sha-512.sasl.jaas.config", "org.apache.kafka.common.security.scram.ScramLoginModule required username=\""
                + administrator + "\" password=\"" + users.get(administrator) + "\";");
        p.put("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
        p.put("allow.everyone.if.no.acl.found", "false");
        // The broker reaches its controller, which is itself, without a name.
        p.put("super.users", "User:" + administrator + ";User:ANONYMOUS");
    }
}
