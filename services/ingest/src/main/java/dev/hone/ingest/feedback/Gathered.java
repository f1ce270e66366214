package dev.hone.ingest.feedback;

import dev.hone.ingest.feedback.log.LogName;
import dev.hone.ingest.feedback.log.Objects;
import dev.hone.ingest.feedback.log.PartitionLog;
import dev.hone.ingest.feedback.log.Ref;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Events of one model, each once, read from where they lie. Holds as many in memory as one dataset takes. */
final class Gathered {
    private final Objects objects;
    private final History history;
    private final Map<String, Said> events = new LinkedHashMap<>();
    private final Map<String, List<Ref>> places = new TreeMap<>();
    private final Map<String, Long> until = new HashMap<>();
    private final List<String> former = new ArrayList<>();
    private int bad;

    /** @param history whose events are not taken again; an empty one where the places are a claim's own */
    Gathered(Objects objects, History history) {
        this.objects = objects;
        this.history = history;
    }

    /** @return the place with as many as were not said before */
    Ref add(LogName log, Ref ref) throws IOException {
        int corrections = 0;
        int liked = 0;
        long oldest = Long.MAX_VALUE;
        for (String line : PartitionLog.read(objects, log, ref)) {
            Said said = Said.fromJson(line);
            boolean isNew = !history.isUsed(said.id()) && !events.containsKey(said.id());
            if (isNew && (said.isCorrection() || said.isConfirmation())) {
                events.put(said.id(), said);
                corrections += said.isCorrection() ? 1 : 0;
                liked += said.isCorrection() ? 0 : 1;
                oldest = said.isCorrection() ? Math.min(oldest, said.time().toEpochMilli()) : oldest;
            } else if (isNew && said.feedback().getVerdict().equals("bad")) {
                bad++;
            }
        }
        places.computeIfAbsent(log.toString(), name -> new ArrayList<>()).add(ref);
        until.merge(log.toString(), ref.segment() + 1, Math::max);
        return ref.counting(corrections, liked, oldest);
    }

    void add(String key, Said said) {
        if (events.putIfAbsent(said.id(), said) == null) {
            former.add(key);
        }
    }

    int size() {
        return events.size();
    }

    List<Said> events() {
        return List.copyOf(events.values());
    }

    Map<String, List<Ref>> places() {
        return places;
    }

    List<String> former() {
        return former;
    }

    /** By log, the offset before which nothing is left. */
    Map<String, Long> until() {
        return until;
    }

    /** Bad verdicts without a correction that lay beside the others. */
    int bad() {
        return bad;
    }

    List<Instant> corrections() {
        return events.values().stream().filter(Said::isCorrection).map(Said::time).sorted().toList();
    }
}
