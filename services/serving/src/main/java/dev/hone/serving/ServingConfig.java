package dev.hone.serving;

import dev.hone.artifacts.StoreConfig;
import dev.hone.artifacts.signing.SigningConfig;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What an operator may set. How an answer is sampled is no setting: it travels in each request. */
@ConfigMapping(prefix = "hone")
interface ServingConfig {

    Store store();

    Signing signing();

    default StoreConfig storeConfig() {
        return store().toStoreConfig().with(store().caFile(), signing().toSigningConfig());
    }

    /** Models are kept here between restarts; may be emptied while the service is down. */
    @WithDefault(".hone/scratch/serving")
    Path workDir();

    Serving serving();

    /** The object store. */
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

    /** Whose manifests are believed. */
    interface Signing {
        /** Public keys in PEM that are believed, a file or a folder of such; absent: signatures are not looked at. */
        Optional<Path> trustedFile();

        /** Whether a manifest without a trusted signature is refused. */
        @WithDefault("false")
        boolean required();

        default SigningConfig toSigningConfig() {
            return new SigningConfig(Optional.empty(), trustedFile(), required());
        }
    }

    /** Bounds on the work at hand. */
    interface Serving {
        /** Answers computed together. */
        @WithDefault("32")
        int concurrentAnswers();

        /** Requests that may wait for their turn; more are refused with RESOURCE_EXHAUSTED. */
        @WithDefault("256")
        int waitingAnswers();

        /** Most tokens of one answer, whatever a request asks for. */
        @WithDefault("4096")
        int maxAnswerTokens();

        /** Characters of recent conversations kept, so that feedback can name an answer by its id alone. */
        @WithDefault("16000000")
        long rememberedCharacters();

        /** After a stop is asked for, requests are taken for so long, until whoever sends them knows that this replica is no longer ready. */
        @WithDefault("PT0S")
        Duration stopWait();

        /** Thereafter none is taken, and answers at hand may go on for so long. */
        @WithDefault("PT10S")
        Duration stopGrace();

        /** What replicas sign answers' ids with, at least 16 characters; the same for all, so that each takes feedback on the others' answers. Absent: one of its own. */
        Optional<String> answerIdSecret();

        /** Copies of requests that may wait for a candidate; more are dropped. */
        @WithDefault("16")
        int waitingShadows();

        Engine engine();

        Adapters adapters();

        AnswerLog answerLog();
    }

    /** What the engine may take of the machine. */
    interface Engine {
        /** Threads that compute; 0: as many as there are processors. */
        @WithDefault("0")
        int threads();

        /** MiB of keys and values, all models together. */
        @WithDefault("1024")
        long cacheMib();

        /** Most tokens read in a step: answers under way wait for no more than this. */
        @WithDefault("256")
        int stepTokens();
    }

    /** Adapters that are computed beside a base. */
    interface Adapters {
        /** MiB of adapters in memory; the least recently used go first. */
        @WithDefault("1024")
        long memoryMib();

        /** Most adapters in memory. */
        @WithDefault("256")
        int most();

        /** Longest wait of a request for an adapter from the store. */
        @WithDefault("PT30S")
        Duration longestWait();

        /** Adapters fetched at the same time. */
        @WithDefault("2")
        int loaders();
    }

    /** Prompts and answers as lines of JSON in the log category {@code hone.answers}. */
    interface AnswerLog {
        /** {@code off}, {@code on}, or the share of answers that is logged, such as 0.01; for models without a setting of their own. */
        @WithDefault("off")
        String usual();

        /** The same by model. */
        Map<String, String> models();

        /** Regular expressions whose matches are masked, beside e-mail addresses and long numbers. */
        Optional<List<String>> redact();
    }
}
