package dev.hone.artifacts;

import java.util.Map;
import java.util.Objects;

/**
 * How to reach the store.
 *
 * @param endpoint such as {@code http://localhost:9000}
 * @param bucket   Hone's bucket
 * @param region   S3 region, {@code us-east-1} where the server has none
 */
public record StoreConfig(String endpoint, String accessKey, String secretKey, String bucket, String region) {

    public StoreConfig {
        Objects.requireNonNull(endpoint, "store endpoint");
        Objects.requireNonNull(accessKey, "store access key");
        Objects.requireNonNull(secretKey, "store secret key");
        Objects.requireNonNull(bucket, "store bucket");
        region = region == null || region.isBlank() ? "us-east-1" : region;
    }

    public StoreConfig(String endpoint, String accessKey, String secretKey, String bucket) {
        this(endpoint, accessKey, secretKey, bucket, null);
    }

    /** As environment variables, the way Jobs and the command line get it. */
    public Map<String, String> toEnvironment() {
        return Map.of("HONE_STORE_ENDPOINT", endpoint, "HONE_STORE_ACCESS_KEY", accessKey, "HONE_STORE_SECRET_KEY", secretKey,
                "HONE_STORE_BUCKET", bucket, "HONE_STORE_REGION", region);
    }

    public static StoreConfig fromEnvironment(Map<String, String> environment) {
        return new StoreConfig(environment.getOrDefault("HONE_STORE_ENDPOINT", "http://localhost:9000"),
                environment.getOrDefault("HONE_STORE_ACCESS_KEY", "hone"),
                environment.getOrDefault("HONE_STORE_SECRET_KEY", "hone-secret"),
                environment.getOrDefault("HONE_STORE_BUCKET", "hone"),
                environment.get("HONE_STORE_REGION"));
    }

    @Override
    public String toString() {
        return "StoreConfig[endpoint=" + endpoint + ", bucket=" + bucket + "]";
    }
}
