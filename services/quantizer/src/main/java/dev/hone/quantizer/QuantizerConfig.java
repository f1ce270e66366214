package dev.hone.quantizer;

import dev.hone.artifacts.StoreConfig;
import dev.hone.artifacts.signing.SigningConfig;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.Optional;

/** Where the quantizer finds things. Each key is also an environment variable: {@code HONE_STORE_ENDPOINT}. */
@ConfigMapping(prefix = "hone")
interface QuantizerConfig {

    Store store();

    Signing signing();

    default StoreConfig storeConfig() {
        return store().toStoreConfig().with(store().caFile(), signing().toSigningConfig());
    }

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

        /** Certificates in PEM that an https endpoint's must come from; absent: those the JVM trusts. */
        Optional<Path> caFile();

        default StoreConfig toStoreConfig() {
            return new StoreConfig(endpoint(), accessKey(), secretKey(), bucket(), region());
        }
    }

    /** Whose manifests are believed, and by which key this service signs its own. */
    interface Signing {
        /** The Ed25519 private key in PEM that manifests are signed with; absent: they are not. */
        Optional<Path> keyFile();

        /** Public keys in PEM that are believed, a file or a folder of such; absent: signatures are not looked at. */
        Optional<Path> trustedFile();

        /** Whether a manifest without a trusted signature is refused. */
        @WithDefault("false")
        boolean required();

        default SigningConfig toSigningConfig() {
            return new SigningConfig(keyFile(), trustedFile(), required());
        }
    }
}
