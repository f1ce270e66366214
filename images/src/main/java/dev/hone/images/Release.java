package dev.hone.images;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;

/**
 * What an image says of itself in OCI's annotations.
 *
 * @param revision the commit it was built from, if known
 * @param created the time it bears: a commit's, so that two builds of one commit are the same image
 */
record Release(String version, Optional<String> revision, Instant created) {
    private static final String OCI = "org.opencontainers.image.";

    /** The version and the base image that the build gave this program: keys {@code version} and {@code base}. */
    static Properties built() {
        Properties properties = new Properties();
        try (InputStream file = Release.class.getResourceAsStream("image.properties")) {
            properties.load(file);
        } catch (IOException e) {
            throw new ImageException("Cannot read the program's own version: " + e.getMessage());
        }
        return properties;
    }

    Map<String, String> labels(String service, Engine engine, String base) {
        Map<String, String> labels = new TreeMap<>(Map.of(
                OCI + "title", "hone/" + service,
                OCI + "description", "Hone turns data into a better language model: " + service,
                OCI + "version", version,
                OCI + "licenses", "Apache-2.0",
                "dev.hone.engine", engine.flavor()));
        revision.ifPresent(commit -> labels.put(OCI + "revision", commit));
        if (!base.contains("://") && !base.equals(Base.SCRATCH)) {
            labels.put(OCI + "base.name", base);
        }
        return labels;
    }
}
