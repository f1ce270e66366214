package dev.hone.ingest.feedback;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.events.Event;
import dev.hone.ingest.feedback.log.Line;
import dev.hone.ingest.feedback.log.LogName;
import dev.hone.ingest.feedback.log.Objects;
import dev.hone.ingest.feedback.log.PartitionLog;
import dev.hone.v1.FeedbackGiven;
import java.io.IOException;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/**
 * The logs of the partitions that this replica reads. Logs of a topic that is gone, because it was made anew, are read
 * beside the partition that has their number now. Safe for use by several threads.
 */
public final class FeedbackLogs {
    private final Objects objects;
    private final int mostLiked;
    private final Map<LogName, PartitionLog> open = new ConcurrentHashMap<>();
    private volatile Set<String> formerModels;
    private volatile ToIntFunction<String> partitions = model -> 0;

    /** @param mostLiked liked answers that wait per model */
    public FeedbackLogs(ArtifactStore store, int mostLiked) {
        this.objects = Objects.of(store);
        this.mostLiked = mostLiked;
    }

    /** An event as the log keeps it. @param offset of its record */
    public static Line line(Event<FeedbackGiven> event, long offset) throws IOException {
        return Said.of(event).toLine(offset);
    }

    /**
     * @param start     offset at which a log begins that was never written
     * @param partition of a model's feedback
     * @param count     of the topic's partitions
     */
    public PartitionLog open(LogName name, LongSupplier start, ToIntFunction<String> partition, int count) throws IOException {
        partitions = partition;
        for (LogName other : PartitionLog.all(objects)) {
            if (!other.topicId().equals(name.topicId()) && other.partition() % count == name.partition()) {
                open.put(other, PartitionLog.open(objects, other, () -> 0, mostLiked));
            }
        }
        PartitionLog log = PartitionLog.open(objects, name, start, mostLiked);
        open.put(name, log);
        return log;
    }

    /** Another replica has it from now on. @param count of the topic's partitions */
    public void close(LogName name, int count) {
        open.keySet().removeIf(other -> other.equals(name) || !other.topicId().equals(name.topicId()) && other.partition() % count == name.partition());
    }

    Collection<PartitionLog> open() {
        return open.values().stream().sorted(Comparator.comparing(log -> log.name().toString())).toList();
    }

    /** At an orderly end: the successor has less to read. */
    public void checkpoint() throws IOException {
        for (PartitionLog log : open()) {
            log.checkpoint();
        }
    }

    void drop(String model, Map<String, Long> until) {
        open.forEach((name, log) -> {
            Long offset = until.get(name.toString());
            if (offset != null) {
                log.drop(model, offset);
            }
        });
    }

    /** Models of this replica with feedback in objects of its own, as it lay before there were logs. */
    Set<String> formerModels() throws IOException {
        if (formerModels == null) {
            String prefix = ArtifactLayout.feedback();
            formerModels = ConcurrentHashMap.newKeySet();
            formerModels.addAll(objects.keys(prefix).stream().filter(key -> key.contains("/event."))
                    .map(key -> key.substring(prefix.length(), key.indexOf('/', prefix.length()))).collect(Collectors.toSet()));
        }
        Set<Integer> mine = open.keySet().stream().map(LogName::partition).collect(Collectors.toSet());
        return formerModels.stream().filter(model -> mine.contains(partitions.applyAsInt(model))).collect(Collectors.toSet());
    }

    void forgetFormer(String model) {
        if (formerModels != null) {
            formerModels.remove(model);
        }
    }
}
