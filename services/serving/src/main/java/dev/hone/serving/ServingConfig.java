package dev.hone.serving;

import dev.hone.artifacts.StoreConfig;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;

/** What an operator may set. How an answer is sampled is no setting: it travels in each request. */
@ConfigMapping(prefix = "hone")
interface ServingConfig {

    Store store();

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

        default StoreConfig toStoreConfig() {
            return new StoreConfig(endpoint(), accessKey(), secretKey(), bucket(), region());
        }
    }

    /** Bounds on the work at hand. */
    interface Serving {
        /** Answers made at the same time. */
        @WithDefault("2")
        int concurrentAnswers();

        /** Answers that may wait for their turn; more are refused with RESOURCE_EXHAUSTED. */
        @WithDefault("64")
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
    }
}
