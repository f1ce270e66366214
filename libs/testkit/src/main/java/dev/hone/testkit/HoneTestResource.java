package dev.hone.testkit;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Map;

/** Points a service under test at {@link HoneServers} and at a work directory of its own. */
public final class HoneTestResource implements QuarkusTestResourceLifecycleManager {

    @Override
    public Map<String, String> start() {
        HoneServers servers = HoneServers.start();
        return Map.of(
                "kafka.bootstrap.servers", servers.bootstrapServers(),
                "hone.store.endpoint", servers.storeEndpoint(),
                "hone.store.access-key", servers.accessKey(),
                "hone.store.secret-key", servers.secretKey(),
                "hone.store.bucket", servers.bucket(),
                "hone.work-dir", workDirectory(),
                "quarkus.http.test-port", "0");
    }

    /** The servers stay for the next test class; they end with the JVM. */
    @Override
    public void stop() {}

    private static String workDirectory() {
        try {
            return Files.createTempDirectory("hone-work-").toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
