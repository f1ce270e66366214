package dev.hone.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * Where the test's Kafka and S3 listen. Both start with the first caller and serve every test of this JVM.
 *
 * @param bootstrapServers host and port of the broker
 * @param storeEndpoint URL of the S3 server
 * @param accessKey identity at the S3 server
 * @param secretKey its secret
 * @param bucket exists and is empty at the start
 */
public record HoneServers(String bootstrapServers, String storeEndpoint, String accessKey, String secretKey, String bucket) {

    private static final String KAFKA = "hone.testkit.kafka";
    private static final String S3 = "hone.testkit.s3";

    /** Starts both unless they run. */
    public static HoneServers start() {
        // System properties, not a static field: Quarkus loads test classes through several class loaders.
        Properties jvm = System.getProperties();
        synchronized (jvm) {
            if (jvm.getProperty(KAFKA) == null) {
                startBoth(jvm);
            }
            return at(jvm.getProperty(KAFKA), jvm.getProperty(S3));
        }
    }

    private static HoneServers at(String kafkaPort, String s3Port) {
        return new HoneServers("127.0.0.1:" + kafkaPort, "http://127.0.0.1:" + s3Port, "hone", "hone-secret", "hone");
    }

    private static void startBoth(Properties jvm) {
        Path dir = temporaryDirectory();
        HoneServers names = at("0", "0");
        LocalServer s3 = LocalServer.s3(dir.resolve("s3"), LocalServer.freePort(), names.accessKey, names.secretKey, names.bucket);
        LocalServer kafka = LocalServer.kafka(dir.resolve("kafka"), LocalServer.freePort());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            kafka.kill();
            s3.kill();
            delete(dir);
        }));
        KafkaProbe.createHoneTopics("127.0.0.1:" + kafka.port());
        jvm.setProperty(S3, String.valueOf(s3.port()));
        jvm.setProperty(KAFKA, String.valueOf(kafka.port()));
    }

    private static Path temporaryDirectory() {
        try {
            return Files.createTempDirectory("hone-test-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path dir) {
        try (Stream<Path> all = Files.walk(dir)) {
            all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        } catch (IOException | UncheckedIOException e) {
            // What stays lies in the system's temporary folder.
        }
    }
}
