package dev.hone.ingest.feedback.log;

import dev.hone.artifacts.ArtifactLayout;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The log of one partition.
 *
 * @param topicId Kafka's own id of the topic: a topic of the same name made anew counts its offsets from 0 again
 */
public record LogName(String topicId, int partition) {
    private static final Pattern ENTRY = Pattern.compile("(.+)\\.(\\d+)\\.json");

    public LogName {
        if (topicId.isBlank() || partition < 0) {
            throw new IllegalArgumentException("expected a topic's id and a partition, found \"" + topicId + "\" and " + partition);
        }
    }

    String entry() {
        return ArtifactLayout.feedbackLog(topicId, partition);
    }

    String segment(long first) {
        return ArtifactLayout.feedbackSegment(topicId, partition, first);
    }

    String checkpoint() {
        return ArtifactLayout.feedbackCheckpoint(topicId, partition);
    }

    /** The log that an entry stands for. */
    static Optional<LogName> ofEntry(String key) {
        Matcher found = ENTRY.matcher(key.substring(key.lastIndexOf('/') + 1));
        return found.matches() ? Optional.of(new LogName(found.group(1), Integer.parseInt(found.group(2)))) : Optional.empty();
    }

    /** The log of that name, as {@link #toString} gives it. */
    public static LogName of(String name) {
        int slash = name.lastIndexOf('/');
        return new LogName(name.substring(0, slash), Integer.parseInt(name.substring(slash + 1)));
    }

    @Override
    public String toString() {
        return topicId + "/" + partition;
    }
}
