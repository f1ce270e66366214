package dev.hone.pipeline;

import dev.hone.artifacts.StoreConfig;
import dev.hone.events.KafkaSettings;
import dev.hone.testkit.HoneServers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.MinIOContainer;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * A broker and a store.
 *
 * @param stop ends them, in this order
 */
record Servers(KafkaSettings kafka, StoreConfig store, List<AutoCloseable> stop) implements AutoCloseable {
    private static final Path MANIFESTS = Path.of(System.getProperty("hone.root"), "k8s/overlays/local");
    private static final String BUCKET = "hone";

    /** Those that `hone up` brings; the same for all tests of this JVM. */
    static Servers embedded() {
        HoneServers servers = HoneServers.start();
        return new Servers(KafkaSettings.of(servers.bootstrapServers()),
                new StoreConfig(servers.storeEndpoint(), servers.accessKey(), servers.secretKey(), servers.bucket()), List.of());
    }

    /** The images of the development cluster, in the local Docker. HONE_PIPELINE_KAFKA and HONE_PIPELINE_MINIO name others. */
    static Servers containers() {
        KafkaContainer kafka = new KafkaContainer(image("HONE_PIPELINE_KAFKA", "kafka.yaml", "apache/kafka"));
        MinIOContainer minio = new MinIOContainer(image("HONE_PIPELINE_MINIO", "minio.yaml", "quay.io/minio/minio").asCompatibleSubstituteFor("minio/minio"));
        Stream.of(kafka, minio).parallel().forEach(container -> container.start());
        return new Servers(KafkaSettings.of(kafka.getBootstrapServers()),
                new StoreConfig(minio.getS3URL(), minio.getUserName(), minio.getPassword(), BUCKET), List.of(minio, kafka));
    }

    static boolean isDockerThere() {
        return DockerClientFactory.instance().isDockerAvailable();
    }

    private static DockerImageName image(String variable, String manifest, String name) {
        String other = System.getenv(variable);
        return DockerImageName.parse(other == null ? inManifest(manifest, name) : other).asCompatibleSubstituteFor(name);
    }

    /** Name, tag and digest as the cluster runs it, so that one place pins them. */
    private static String inManifest(String manifest, String name) {
        try {
            Matcher image = Pattern.compile("image: (" + Pattern.quote(name) + "\\S*)").matcher(Files.readString(MANIFESTS.resolve(manifest)));
            if (image.find()) {
                return image.group(1);
            }
        } catch (java.io.IOException e) {
            throw new AssertionError("Cannot read " + manifest, e);
        }
        throw new AssertionError("Expected an image " + name + " in " + MANIFESTS.resolve(manifest) + ", found none.");
    }

    /** The variables by which services and the command line reach them. */
    Map<String, String> environment() {
        Map<String, String> all = new TreeMap<>(kafka.toEnvironment());
        all.putAll(store.toEnvironment());
        return all;
    }

    @Override
    public void close() throws Exception {
        for (AutoCloseable server : stop) {
            server.close();
        }
    }
}
