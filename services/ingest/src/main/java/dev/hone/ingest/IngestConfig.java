package dev.hone.ingest;

import dev.hone.artifacts.StoreConfig;
import dev.hone.artifacts.signing.SigningConfig;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** What an operator may set. Each key is also an environment variable: {@code HONE_STORE_ENDPOINT}. */
@ConfigMapping(prefix = "hone")
interface IngestConfig {

    Store store();

    Signing signing();

    default StoreConfig storeConfig() {
        return store().toStoreConfig().with(store().caFile(), signing().toSigningConfig());
    }

    /** Files under way and base models' tokenizers; may be emptied while the service is down. */
    @WithDefault(".hone/scratch/ingest")
    Path workDir();

    Ingest ingest();

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

    /** How datasets are made. */
    interface Ingest {

        /** The base model of files whose sender names none. */
        @WithDefault("hone-nano")
        String defaultBase();

        /** Share of the rows held out for validation while training, 0 to 1. */
        @WithDefault("0.05")
        double validationShare();

        /** Share of the rows held out for the evaluation, 0 to 1. */
        @WithDefault("0.05")
        double testShare();

        /** The topic on which the store tells of new objects; nothing comes there where it does not. */
        @WithDefault("store.events")
        String inboxTopic();

        /** Between two looks into {@code inbox/}; {@code off} where the store tells of every object. */
        @WithDefault("2s")
        String inboxPoll();

        Feedback feedback();
    }

    /** When and how feedback makes the next dataset. */
    interface Feedback {

        /** Corrections of one model that make its next dataset at once. */
        @WithDefault("10")
        int minCount();

        /** A correction waits no longer than this for others. */
        @WithDefault("24h")
        Duration maxAge();

        /** Between two new datasets of one model, each of which is a run; corrections wait until then. */
        @WithDefault("1m")
        Duration minInterval();

        /** Corrections and liked answers that go into one dataset, about; the others wait for the next. */
        @WithDefault("10000")
        int maxCount();

        /** Liked answers of one model that wait for its next dataset; the oldest beyond that go into none. */
        @WithDefault("1000")
        int maxLiked();

        /** An event waits no longer than this for others that are stored in one object with it. */
        @WithDefault("1s")
        Duration flushEvery();

        /** Between two looks at the waiting corrections' age. */
        @WithDefault("30s")
        String checkEvery();

        /** How often a corrected row stands in the training rows. */
        @WithDefault("3")
        int weight();

        /** Whether rows that give the answer which was corrected, to questions like the corrected one, are corrected too. */
        @WithDefault("true")
        boolean replaceIdenticalAnswers();

        /** An answer of fewer words is a label, which many prompts share rightly: it is never replaced in other rows. */
        @WithDefault("4")
        int replaceMinWords();
    }
}
