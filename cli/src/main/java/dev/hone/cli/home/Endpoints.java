package dev.hone.cli.home;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.hone.artifacts.StoreConfig;
import dev.hone.cli.console.Failure;
import dev.hone.events.KafkaSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where a running stack can be reached: on this machine as {@code hone up} wrote it down, or on a cluster.
 *
 * @param up       the process that holds the stack together; on a cluster the one that asks
 * @param kafka    bootstrap server, {@code 127.0.0.1:9092}
 * @param ports    by service; HTTP and gRPC share one
 * @param hosts    by service, where it is another than this machine
 * @param settings variables by which clients reach the broker besides its address, such as KAFKA_SECURITY_PROTOCOL
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Endpoints(ProcessMark up, String kafka, Store store, Map<String, Integer> ports, Map<String, String> hosts, Map<String, String> settings) {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final String HERE = "127.0.0.1";

    /**
     * The object store, for any S3 client.
     *
     * @param settings variables that say more of it, such as HONE_STORE_CA_FILE
     */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Store(String endpoint, @JsonProperty("access_key") String accessKey,
            @JsonProperty("secret_key") String secretKey, String bucket, Map<String, String> settings) {

        public Store {
            settings = settings == null ? Map.of() : new TreeMap<>(settings);
        }

        public Store(String endpoint, String accessKey, String secretKey, String bucket) {
            this(endpoint, accessKey, secretKey, bucket, Map.of());
        }

        public StoreConfig config() {
            Map<String, String> all = new TreeMap<>(settings);
            all.putAll(new StoreConfig(endpoint, accessKey, secretKey, bucket, settings.get("HONE_STORE_REGION")).toEnvironment());
            return StoreConfig.fromEnvironment(all);
        }
    }

    public Endpoints {
        ports = new TreeMap<>(ports);
        hosts = hosts == null ? Map.of() : new TreeMap<>(hosts);
        settings = settings == null ? Map.of() : new TreeMap<>(settings);
    }

    /** A stack on this machine. */
    public Endpoints(ProcessMark up, String kafka, Store store, Map<String, Integer> ports) {
        this(up, kafka, store, ports, Map.of(), Map.of());
    }

    /**
     * A stack on a cluster: its broker and store by the variables that its services have, too.
     *
     * @param services base URLs by name
     */
    static Endpoints ofCluster(Map<String, URI> services, Map<String, String> environment) {
        StoreConfig store = StoreConfig.fromEnvironment(environment);
        KafkaSettings broker = KafkaSettings.fromEnvironment(environment);
        Map<String, Integer> ports = new TreeMap<>();
        Map<String, String> hosts = new TreeMap<>();
        services.forEach((name, url) -> {
            ports.put(name, url.getPort());
            hosts.put(name, url.getHost());
        });
        return new Endpoints(ProcessMark.of(ProcessHandle.current()), broker.bootstrapServers(),
                new Store(store.endpoint(), store.accessKey(), store.secretKey(), store.bucket(), store.toEnvironment()), ports, hosts, broker.toEnvironment());
    }

    public int port(String service) {
        return Optional.ofNullable(ports.get(service)).orElseThrow(
                () -> new Failure("Expected the running stack to have a service " + service + ", found only " + ports.keySet() + "."));
    }

    /** How to reach the broker. */
    public KafkaSettings broker() {
        Map<String, String> all = new TreeMap<>(settings);
        all.put("KAFKA_BOOTSTRAP_SERVERS", kafka);
        return KafkaSettings.fromEnvironment(all);
    }

    public String host(String service) {
        return hosts.getOrDefault(service, HERE);
    }

    /** Base URL of a service. */
    public String url(String service) {
        return "http://" + host(service) + ":" + port(service);
    }

    /** @throws Failure when no stack runs there */
    public static Endpoints require(Home home) {
        return find(home).orElseThrow(() -> new Failure("Nothing runs here (" + home.folder() + "). Start it in another terminal: ./hone up"));
    }

    /** Empty when no stack runs; a file that a crash left behind does not count. */
    public static Optional<Endpoints> find(Home home) {
        if (!Files.isRegularFile(home.endpointsFile())) {
            return Optional.empty();
        }
        return Optional.of(read(home.endpointsFile())).filter(Endpoints::isRunning);
    }

    public boolean isRunning() {
        return up.find().isPresent();
    }

    private static Endpoints read(Path file) {
        try {
            return JSON.readValue(file.toFile(), Endpoints.class);
        } catch (JsonProcessingException e) {
            throw new Failure("Expected the addresses of a stack in " + file + ", found something else. Delete the file and start again: ./hone up", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Readers see the old file or the new one. */
    public void write(Home home) throws IOException {
        Path next = home.endpointsFile().resolveSibling("endpoints.json.next");
        JSON.writeValue(next.toFile(), this);
        Files.move(next, home.endpointsFile(), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
}
