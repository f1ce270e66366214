package dev.hone.ingest;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.StoreConfig;
import dev.hone.llm.text.TokenizerFiles;
import dev.hone.testkit.HoneServers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The test's S3, with hone-nano in it as far as ingest needs it. */
public final class TestStore {
    public static final Path HONE_NANO = Path.of(System.getProperty("hone.root"), "models", "hone-nano");

    private TestStore() {}

    public static ArtifactStore withHoneNano() {
        HoneServers servers = HoneServers.start();
        ArtifactStore store = ArtifactStore.connect(
                new StoreConfig(servers.storeEndpoint(), servers.accessKey(), servers.secretKey(), servers.bucket()), "test");
        try {
            Path directory = Files.createTempDirectory("hone-nano-");
            TokenizerFiles.copy(HONE_NANO, directory);
            Files.copy(HONE_NANO.resolve("config.json"), directory.resolve("config.json"));
            store.publish(ArtifactLayout.baseModel("hone-nano"), directory, "base-model", "hone-nano", Map.of());
            return store;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lines of one file of a dataset. */
    public static List<String> lines(ArtifactStore store, String manifest, String file) throws IOException {
        byte[] bytes = store.read(ArtifactLayout.file(manifest, file)).orElseThrow();
        return new String(bytes, java.nio.charset.StandardCharsets.UTF_8).lines().toList();
    }
}
