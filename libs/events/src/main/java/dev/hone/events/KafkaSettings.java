package dev.hone.events;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * How to reach the broker and who one is there, the same for every producer, consumer and admin client: so that SASL and
 * TLS are a matter of configuration. {@code KAFKA_SECURITY_PROTOCOL} in the environment is Kafka's {@code security.protocol},
 * as it is for the channels of a Quarkus service.
 *
 * @param properties Kafka's own client properties
 */
public record KafkaSettings(Map<String, String> properties) {
    private static final String BOOTSTRAP_SERVERS = ProducerConfig.BOOTSTRAP_SERVERS_CONFIG;
    private static final String PREFIX = "KAFKA_";
    private static final String KEYS = "kafka.";
    private static final String HERE = "localhost:9092";
    /** What a client is and not how it reaches the broker: a reader of all records has no group, whatever is set for others. */
    private static final Set<String> ONE_CLIENTS = Set.of(ConsumerConfig.GROUP_ID_CONFIG, ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, ProducerConfig.CLIENT_ID_CONFIG,
            ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
            ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG);

    public KafkaSettings {
        Map<String, String> known = new TreeMap<>(properties);
        // A cluster puts variables such as KAFKA_PORT into every pod beside a Service of the name kafka.
        known.keySet().retainAll(names());
        known.values().removeIf(String::isBlank);
        known.putIfAbsent(BOOTSTRAP_SERVERS, HERE);
        properties = Map.copyOf(known);
    }

    /** A broker that asks nobody who they are. @param bootstrapServers host:port, separated by commas */
    public static KafkaSettings of(String bootstrapServers) {
        return new KafkaSettings(Map.of(BOOTSTRAP_SERVERS, bootstrapServers));
    }

    public static KafkaSettings fromEnvironment(Map<String, String> environment) {
        return fromConfiguration(environment.keySet(), key -> Optional.ofNullable(environment.get(key.toUpperCase(Locale.ROOT).replace('.', '_'))));
    }

    /**
     * The keys {@code kafka.*} of a service's configuration, as its channels read them.
     *
     * @param names  of all keys and variables there are
     * @param lookup gives the value of a key, whichever way it was set
     */
    public static KafkaSettings fromConfiguration(Iterable<String> names, Function<String, Optional<String>> lookup) {
        Map<String, String> found = new HashMap<>();
        for (String name : names) {
            String key = name.toLowerCase(Locale.ROOT).replace('_', '.');
            if (key.startsWith(KEYS)) {
                lookup.apply(key).ifPresent(value -> found.put(key.substring(KEYS.length()), value));
            }
        }
        return new KafkaSettings(found);
    }

    /** The same, as {@link #fromEnvironment} reads it. Holds passwords where there are some. */
    public Map<String, String> toEnvironment() {
        Map<String, String> environment = new TreeMap<>();
        properties.forEach((name, value) -> environment.put(PREFIX + name.toUpperCase(Locale.ROOT).replace('.', '_'), value));
        return environment;
    }

    public String bootstrapServers() {
        return properties.get(BOOTSTRAP_SERVERS);
    }

    /** @param own what this client needs to be; it holds before the settings */
    public Map<String, Object> producer(Map<String, ?> own) {
        return client(ProducerConfig.configNames(), own);
    }

    /** @param own what this client needs to be; it holds before the settings */
    public Map<String, Object> consumer(Map<String, ?> own) {
        return client(ConsumerConfig.configNames(), own);
    }

    public Map<String, Object> admin() {
        return client(AdminClientConfig.configNames(), Map.of());
    }

    private Map<String, Object> client(Set<String> names, Map<String, ?> own) {
        Map<String, Object> all = new HashMap<>(properties);
        all.keySet().retainAll(names);
        all.putAll(own);
        return all;
    }

    private static Set<String> names() {
        Set<String> names = new HashSet<>(ProducerConfig.configNames());
        names.addAll(ConsumerConfig.configNames());
        names.addAll(AdminClientConfig.configNames());
        names.removeAll(ONE_CLIENTS);
        return names;
    }

    /** Without the values, some of which are secret. */
    @Override
    public String toString() {
        return "KafkaSettings[" + bootstrapServers() + ", " + new TreeMap<>(properties).keySet() + "]";
    }
}
