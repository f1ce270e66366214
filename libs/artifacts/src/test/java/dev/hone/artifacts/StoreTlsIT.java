package dev.hone.artifacts;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.artifacts.signing.SigningConfig;
import dev.hone.testkit.Certificates;
import dev.hone.testkit.HoneServers;
import dev.hone.testkit.LocalServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real S3 server behind https, with a certificate of an authority that no JVM knows. */
class StoreTlsIT {
    private static final HoneServers NAMES = new HoneServers("", "", "hone", "hone-secret", "hone");

    @TempDir
    static Path folder;

    private static Certificates certificates;
    private static LocalServer server;

    @BeforeAll
    static void start() throws IOException {
        certificates = Certificates.make(folder);
        server = LocalServer.secureS3(Files.createDirectory(folder.resolve("s3")), LocalServer.freePort(), NAMES, certificates);
    }

    @AfterAll
    static void stop() {
        server.kill();
    }

    @Test
    void givenTheAuthoritysCertificate_whenADirectoryIsPublishedAndFetched_thenItIsThere() throws IOException {
        Path files = Files.createDirectory(folder.resolve("files"));
        Files.writeString(files.resolve("config.json"), "{}");
        StoreConfig config = config(Optional.of(certificates.caFile()));
        ArtifactStore store = ArtifactStore.connect(StoreConfig.fromEnvironment(config.toEnvironment()), "test");
        store.publish(ArtifactLayout.baseModel("tiny"), files, "base-model", "tiny", Map.of());
        assertArrayEquals("{}".getBytes(StandardCharsets.UTF_8), store.readFile(ArtifactLayout.baseModel("tiny"), "config.json"));
        assertEquals(2, store.list(ArtifactLayout.baseModels()).size());
    }

    @Test
    void givenAnUnknownAuthority_whenTheStoreIsAsked_thenTheConnectionIsRefused() {
        ArtifactStore store = ArtifactStore.connect(config(Optional.empty()), "test");
        assertInstanceOf(SSLException.class, assertThrows(IOException.class, () -> store.exists("base/tiny/config.json")));
    }

    @Test
    void givenAFileWithoutCertificates_whenConnecting_thenTheSentenceNamesIt() throws IOException {
        Path empty = Files.writeString(folder.resolve("empty.crt"), "none");
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> ArtifactStore.connect(config(Optional.of(empty)), "test"));
        assertTrue(refused.getMessage().contains(empty.toString()), refused.getMessage());
    }

    private static StoreConfig config(Optional<Path> caFile) {
        return new StoreConfig("https://127.0.0.1:" + server.port(), NAMES.accessKey(), NAMES.secretKey(), NAMES.bucket()).with(caFile, SigningConfig.off());
    }
}
