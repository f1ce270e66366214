package dev.hone.ingest;

import dev.hone.ingest.feedback.log.Line;
import dev.hone.ingest.feedback.log.PartitionLog;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Events of one partition that were read and are not stored yet. Of one thread. */
final class FeedbackBatch {
    static final int MOST_LINES = 5_000;
    private static final long MOST_BYTES = 4 << 20;

    private final List<Line> lines = new ArrayList<>();
    private PartitionLog log;
    private long bytes;
    private long upTo = -1;
    private long looked;
    private long firstAt;

    boolean isOpen() {
        return log != null;
    }

    void open(PartitionLog log) {
        this.log = log;
    }

    void add(Line line) {
        lines.add(line);
        bytes += line.json().length;
    }

    /** That a record was looked at, whatever came of it. */
    void saw(long offset) {
        if (upTo < 0) {
            firstAt = System.nanoTime();
        }
        upTo = offset + 1;
    }

    boolean isDue(Duration longest) {
        return upTo >= 0 && (lines.size() >= MOST_LINES || bytes >= MOST_BYTES || System.nanoTime() - firstAt >= longest.toNanos());
    }

    /** Forgets the events once they are stored. Again after a failure is harmless. */
    void store() throws IOException {
        if (upTo >= 0) {
            log.append(lines, upTo);
            looked = Math.max(looked, upTo);
            lines.clear();
            bytes = 0;
            upTo = -1;
        }
    }

    /** The offset to go on at: what lies before is stored, or was put aside. */
    long next() {
        return Math.max(looked, log.next());
    }
}
