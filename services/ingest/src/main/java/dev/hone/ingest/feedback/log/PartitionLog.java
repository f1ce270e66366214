package dev.hone.ingest.feedback.log;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactMissing;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The feedback of one partition, a chain: each segment begins where the one before ends, and its name is its first
 * offset. A segment is written only where there is none of its name, so that of two replicas that both think the
 * partition theirs one writes it and the other takes it as it lies. What Kafka delivers again lies before {@link #next}
 * and is not written again. Safe for use by several threads.
 */
public final class PartitionLog {
    private static final JsonMapper JSON = new JsonMapper();
    /** Segments that a successor has to look at one by one, at most. */
    private static final int SEGMENTS_PER_CHECKPOINT = 64;

    private final Objects objects;
    private final LogName name;
    private final Waiting waiting;
    private long next;
    private int sinceCheckpoint;

    private PartitionLog(Objects objects, LogName name, int mostLiked) {
        this.objects = objects;
        this.name = name;
        this.waiting = new Waiting(mostLiked);
    }

    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Checkpoint(long next, Map<String, Waiting.Saved> waiting) {}

    /**
     * @param start     offset at which a log begins that was never written
     * @param mostLiked answers found good that wait per model
     */
    public static PartitionLog open(Objects objects, LogName name, LongSupplier start, int mostLiked) throws IOException {
        byte[] saved = objects.read(name.checkpoint()).orElse(null);
        if (saved == null) {
            objects.writeIfAbsent(name.entry(), JSON.writeValueAsBytes(Map.of("topic_id", name.topicId(), "partition", name.partition())));
            objects.writeIfAbsent(name.checkpoint(), JSON.writeValueAsBytes(new Checkpoint(start.getAsLong(), Map.of())));
            saved = objects.read(name.checkpoint()).orElseThrow(() -> new IOException("the object " + name.checkpoint() + " was just written and is not there"));
        }
        Checkpoint checkpoint = JSON.readValue(saved, Checkpoint.class);
        PartitionLog log = new PartitionLog(objects, name, mostLiked);
        log.next = checkpoint.next();
        log.waiting.restore(checkpoint.waiting());
        log.readOn();
        return log;
    }

    /** All logs there are, those of topics that are gone among them. */
    public static List<LogName> all(Objects objects) throws IOException {
        return objects.keys(ArtifactLayout.feedbackLogs()).stream().flatMap(key -> LogName.ofEntry(key).stream()).toList();
    }

    private void readOn() throws IOException {
        while (true) {
            try {
                add(Segment.read(objects, name.segment(next)));
            } catch (ArtifactMissing e) {
                return;
            }
        }
    }

    private void add(Segment segment) {
        waiting.add(segment);
        next = segment.next();
        sinceCheckpoint++;
    }

    public LogName name() {
        return name;
    }

    /** The offset that is to be read next. */
    public synchronized long next() {
        return next;
    }

    /**
     * Keeps events. When this returns they are stored, by this process or by another.
     *
     * @param lines   in the order of their offsets
     * @param upTo    the offset after the last record that was looked at
     */
    public synchronized void append(List<Line> lines, long upTo) throws IOException {
        while (next < upTo) {
            long first = next;
            List<Line> mine = lines.stream().filter(line -> line.offset() >= first).toList();
            if (mine.isEmpty()) {
                return;
            }
            Segment.Encoded encoded = Segment.encode(first, upTo, mine);
            boolean written = objects.writeIfAbsent(name.segment(first), encoded.bytes());
            add(written ? encoded.segment() : Segment.read(objects, name.segment(first)));
        }
        if (sinceCheckpoint >= SEGMENTS_PER_CHECKPOINT) {
            checkpoint();
        }
    }

    /** Spares a successor to read what was read. An older one than is there does no harm. */
    public synchronized void checkpoint() throws IOException {
        if (sinceCheckpoint > 0) {
            objects.write(name.checkpoint(), JSON.writeValueAsBytes(new Checkpoint(next, waiting.saved())));
            sinceCheckpoint = 0;
        }
    }

    /** Places of a model's events that were not used up, the oldest first. */
    public synchronized List<Ref> waiting(String model) {
        return waiting.refs(model);
    }

    public synchronized int badElsewhere(String model) {
        return waiting.badElsewhere(model);
    }

    /** Models with corrections that wait. */
    public synchronized List<String> corrected() {
        return waiting.corrected();
    }

    /** What lies before an offset was used up. */
    public synchronized void drop(String model, long until) {
        waiting.drop(model, until);
        sinceCheckpoint++;
    }

    /** Some events of a place were said before. */
    public synchronized void replace(String model, Ref ref) {
        waiting.replace(model, ref);
        sinceCheckpoint++;
    }

    /** The lines of a place. */
    public static List<String> read(Objects objects, LogName name, Ref ref) throws IOException {
        String text = Segment.unzip(objects.read(name.segment(ref.segment()), ref.from(), ref.length()));
        return text.lines().toList();
    }
}
