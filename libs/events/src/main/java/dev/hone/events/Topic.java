package dev.hone.events;

import com.google.protobuf.Message;
import dev.hone.v1.AdapterTrained;
import dev.hone.v1.DatasetReady;
import dev.hone.v1.Deploy;
import dev.hone.v1.EvalDone;
import dev.hone.v1.FeedbackGiven;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.RunFailed;
import dev.hone.v1.RunProgress;
import dev.hone.v1.TrainRequested;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The table of topics: what travels on each, who may write it, who reads it, and what it is keyed by. README,
 * AsyncAPI, the services' configuration and the Kubernetes topics are tested against this table.
 */
public enum Topic {
    DATASET_READY("dataset.ready", DatasetReady.getDefaultInstance(), Kind.FACT,
            Set.of("ingest", Writers.OTHERS), Set.of("trainer"), (DatasetReady m) -> m.getDatasetId()),
    TRAIN_REQUESTED("train.requested", TrainRequested.getDefaultInstance(), Kind.COMMAND,
            Set.of("trainer", Writers.OTHERS), Set.of("trainer"), (TrainRequested m) -> m.getRunId()),
    ADAPTER_TRAINED("adapter.trained", AdapterTrained.getDefaultInstance(), Kind.FACT,
            Set.of("trainer"), Set.of("quantizer", "trainer"), (AdapterTrained m) -> m.getRunId()),
    QUANTIZE_DONE("quantize.done", QuantizeDone.getDefaultInstance(), Kind.FACT,
            Set.of("quantizer"), Set.of("evaluator", "trainer"), (QuantizeDone m) -> m.getRunId()),
    EVAL_DONE("eval.done", EvalDone.getDefaultInstance(), Kind.FACT,
            Set.of("evaluator"), Set.of("evaluator", "trainer"), (EvalDone m) -> m.getRunId()),
    DEPLOY("deploy", Deploy.getDefaultInstance(), Kind.REGISTRY,
            Set.of("evaluator", "serving", Writers.OTHERS), Set.of("serving"), (Deploy m) -> m.getModelName()),
    FEEDBACK("feedback", "dev.hone.feedback.given.v1", FeedbackGiven.getDefaultInstance(), Kind.FACT,
            Set.of("serving", Writers.OTHERS), Set.of("ingest", "serving"), (FeedbackGiven m) -> m.getModelName()),
    RUN_PROGRESS("run.progress", RunProgress.getDefaultInstance(), Kind.SHORT_LIVED,
            Set.of("trainer", "quantizer", "evaluator"), Set.of("trainer"), (RunProgress m) -> m.getRunId()),
    RUN_FAILED("run.failed", RunFailed.getDefaultInstance(), Kind.FACT,
            Set.of("ingest", "trainer", "quantizer", "evaluator", "serving"), Set.of("trainer"), (RunFailed m) -> m.getRunId());

    /** What a topic's records mean, and so how long they are kept. */
    public enum Kind {
        /** Something that happened; kept for good, so that views can be rebuilt. */
        FACT(Map.of("retention.ms", "-1")),
        /** Something to do, with one reader. */
        COMMAND(Map.of("retention.ms", "-1")),
        /** The last record of each key is the truth. */
        REGISTRY(Map.of("cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0.1")),
        /** Of interest only while it happens: kept for one day. */
        SHORT_LIVED(Map.of("retention.ms", "86400000"));

        private final Map<String, String> config;

        Kind(Map<String, String> config) {
            this.config = config;
        }

        public Map<String, String> config() {
            return config;
        }
    }

    private final String topicName;
    private final String type;
    private final Message prototype;
    private final Kind kind;
    private final Set<String> writers;
    private final Set<String> readers;
    private final Function<Message, String> key;

    <T extends Message> Topic(String topicName, T prototype, Kind kind, Set<String> writers, Set<String> readers, Function<T, String> key) {
        this(topicName, "dev.hone." + topicName + ".v1", prototype, kind, writers, readers, key);
    }

    <T extends Message> Topic(String topicName, String type, T prototype, Kind kind, Set<String> writers, Set<String> readers, Function<T, String> key) {
        this.topicName = topicName;
        this.type = type;
        this.prototype = prototype;
        this.kind = kind;
        this.writers = writers;
        this.readers = readers;
        this.key = message -> key.apply(cast(prototype, message));
    }

    @SuppressWarnings("unchecked")
    private static <T extends Message> T cast(T prototype, Message message) {
        return (T) prototype.getClass().cast(message);
    }

    /** The topic's name on the broker. */
    public String topicName() {
        return topicName;
    }

    /** The CloudEvents type of its records, {@code dev.hone.<subject>.v1}. */
    public String type() {
        return type;
    }

    public Kind kind() {
        return kind;
    }

    /** Services that may write it; {@link Writers#OTHERS} stands for people and other systems. */
    public Set<String> writers() {
        return writers;
    }

    /** Services that act on it. */
    public Set<String> readers() {
        return readers;
    }

    /** The record key of a message: what must stay in order. */
    public String key(Message message) {
        return key.apply(message);
    }

    /** An empty message of the type that travels here. */
    public Message prototype() {
        return prototype;
    }

    /** The topic of that name, if it is one of Hone's. */
    public static Optional<Topic> named(String topicName) {
        return Arrays.stream(values()).filter(topic -> topic.topicName.equals(topicName)).findFirst();
    }

    /** Where a service's undeliverable records go. */
    public static String deadLetters(String service) {
        return "dlq." + service;
    }

    /** The services that read at least one topic, and so have a dead letter topic. */
    public static Set<String> services() {
        return Set.of("ingest", "trainer", "quantizer", "evaluator", "serving");
    }

    /** Names of writers that are not services. */
    public static final class Writers {
        /** People and other systems: the command line, a console producer, another platform. */
        public static final String OTHERS = "others";

        private Writers() {}
    }
}
