package dev.hone.serving;

import io.smallrye.config.ConfigMapping;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Who may ask. Without keys, and without OIDC (quarkus.oidc), everybody may. */
@ConfigMapping(prefix = "hone.access")
interface AccessConfig {

    /** API keys by their holder's name. */
    Map<String, Key> keys();

    /** What each subject of a valid OIDC token may do. */
    Limits tokens();

    /** A key: its digest, or a file that holds it. */
    interface Key extends Limits {
        /** SHA-256 of the key, as 64 hexadecimal digits. */
        Optional<String> sha256();

        /** A file with the key itself, such as a mounted secret; read when the service starts. */
        Optional<Path> file();
    }

    /** Absent limits limit nothing. */
    interface Limits {
        /** Names of the models that may be asked; absent: all. */
        Optional<List<String>> models();

        /** Each prompt of a batch counts as one. */
        OptionalInt requestsPerMinute();

        /** Of prompts and answers together. */
        OptionalLong tokensPerMinute();

        /** Requests at the same time. */
        OptionalInt concurrent();
    }
}
