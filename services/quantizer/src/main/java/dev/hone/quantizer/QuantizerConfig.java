package dev.hone.quantizer;

import dev.hone.artifacts.StoreConfig;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;

/** Where the quantizer finds things. Each key is also an environment variable: {@code HONE_STORE_ENDPOINT}. */
@ConfigMapping(prefix = "hone")
interface QuantizerConfig {

    Store store();

    /** Cached base models and the state of jobs. */
    @WithDefault(".hone/scratch/quantizer")
    Path workDir();

    /** An S3 server. */
    interface Store {

        @WithDefault("http://localhost:9000")
        String endpoint();

        @WithDefault("hone")
        String accessKey();

        @WithDefault("hone-secret")
        String secretKey();

        @WithDefault("hone")
        String bucket();

        @WithDefault("us-east-1")
        String region();

        default StoreConfig toStoreConfig() {
            return new StoreConfig(endpoint(), accessKey(), secretKey(), bucket(), region());
        }
    }
}
