package dev.hone.cli.chaos.check;

import dev.hone.events.Topic;
import java.util.Map;
import java.util.Set;

/** Whose work the records of a topic are. Others read them, too, to count and to show; those put nothing aside and may be behind. */
public final class Work {
    /** By the name of the service, which is its consumer group's, too. Serving reads without a group. */
    private static final Map<String, Set<String>> TOPICS = Map.of(
            "ingest", Set.of(Topic.FEEDBACK.topicName(), "store.events"),
            "trainer", Set.of(Topic.DATASET_READY.topicName(), Topic.TRAIN_REQUESTED.topicName()),
            "quantizer", Set.of(Topic.ADAPTER_TRAINED.topicName()),
            "evaluator", Set.of(Topic.QUANTIZE_DONE.topicName(), Topic.EVAL_DONE.topicName()));
    private static final String SERVING = "serving";

    private Work() {}

    /** Topics by consumer group. */
    public static Map<String, Set<String>> groups() {
        return TOPICS;
    }

    /** Whose dead letters a topic's poison belongs to. */
    static String owner(String topic) {
        return TOPICS.entrySet().stream().filter(work -> work.getValue().contains(topic)).map(Map.Entry::getKey).findFirst().orElse(SERVING);
    }
}
