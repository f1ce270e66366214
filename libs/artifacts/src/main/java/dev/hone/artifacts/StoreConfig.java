package dev.hone.artifacts;

import dev.hone.artifacts.signing.SigningConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How to reach the store, and whom to believe there.
 *
 * @param endpoint such as {@code http://localhost:9000}
 * @param bucket   Hone's bucket
 * @param region   S3 region, {@code us-east-1} where the server has none
 * @param caFile   certificates in PEM that an https endpoint's must come from; empty: those the JVM trusts
 * @param signing  of manifests
 */
public record StoreConfig(String endpoint, String accessKey, String secretKey, String bucket, String region, Optional<Path> caFile, SigningConfig signing) {

    public StoreConfig {
        Objects.requireNonNull(endpoint, "store endpoint");
        Objects.requireNonNull(accessKey, "store access key");
        Objects.requireNonNull(secretKey, "store secret key");
        Objects.requireNonNull(bucket, "store bucket");
        Objects.requireNonNull(caFile, "store CA file");
        Objects.requireNonNull(signing, "signing");
        region = region == null || region.isBlank() ? "us-east-1" : region;
    }

    /** Certificates of the JVM, no signatures. */
    public StoreConfig(String endpoint, String accessKey, String secretKey, String bucket, String region) {
        this(endpoint, accessKey, secretKey, bucket, region, Optional.empty(), SigningConfig.off());
    }

    public StoreConfig(String endpoint, String accessKey, String secretKey, String bucket) {
        this(endpoint, accessKey, secretKey, bucket, null);
    }

    public StoreConfig with(Optional<Path> caFile, SigningConfig signing) {
        return new StoreConfig(endpoint, accessKey, secretKey, bucket, region, caFile, signing);
    }

    /** As environment variables, the way Jobs and the command line get it. */
    public Map<String, String> toEnvironment() {
        Map<String, String> environment = new TreeMap<>(Map.of("HONE_STORE_ENDPOINT", endpoint, "HONE_STORE_ACCESS_KEY", accessKey,
                "HONE_STORE_SECRET_KEY", secretKey, "HONE_STORE_BUCKET", bucket, "HONE_STORE_REGION", region));
        caFile.ifPresent(file -> environment.put("HONE_STORE_CA_FILE", file.toAbsolutePath().toString()));
        environment.putAll(signing.toEnvironment());
        return environment;
    }

    public static StoreConfig fromEnvironment(Map<String, String> environment) {
        return new StoreConfig(environment.getOrDefault("HONE_STORE_ENDPOINT", "http://localhost:9000"),
                environment.getOrDefault("HONE_STORE_ACCESS_KEY", "hone"),
                environment.getOrDefault("HONE_STORE_SECRET_KEY", "hone-secret"),
                environment.getOrDefault("HONE_STORE_BUCKET", "hone"),
                environment.get("HONE_STORE_REGION"),
                Optional.ofNullable(environment.get("HONE_STORE_CA_FILE")).filter(file -> !file.isBlank()).map(Path::of),
                SigningConfig.fromEnvironment(environment));
    }

    @Override
    public String toString() {
        return "StoreConfig[endpoint=" + endpoint + ", bucket=" + bucket + "]";
    }
}
