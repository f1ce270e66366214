package dev.hone.cli.home;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.hone.artifacts.StoreConfig;
import dev.hone.cli.console.Failure;
import dev.hone.events.KafkaSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where a running stack can be reached, as {@code hone up} wrote it down.
 *
 * @param up    the process that holds the stack together
 * @param kafka bootstrap server, {@code 127.0.0.1:9092}
 * @param ports by service; HTTP and gRPC share one
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Endpoints(ProcessMark up, String kafka, Store store, Map<String, Integer> ports) {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** The object store, for any S3 client. */
    public record Store(String endpoint, @JsonProperty("access_key") String accessKey,
            @JsonProperty("secret_key") String secretKey, String bucket) {

        public StoreConfig config() {
            return new StoreConfig(endpoint, accessKey, secretKey, bucket);
        }
    }

    public Endpoints {
        ports = new TreeMap<>(ports);
    }

    public int port(String service) {
        return Optional.ofNullable(ports.get(service)).orElseThrow(
                () -> new Failure("Expected the running stack to have a service " + service + ", found only " + ports.keySet() + "."));
    }

    /** How to reach the broker. */
    public KafkaSettings broker() {
        return KafkaSettings.of(kafka);
    }

    /** Base URL of a service. */
    public String url(String service) {
        return "http://127.0.0.1:" + port(service);
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
