package dev.hone.ingest.feedback;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hone.artifacts.ArtifactLayout;
import dev.hone.ingest.feedback.log.Objects;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** What became of one model's feedback until now: which events were used up, and what each dataset has grown into. */
final class History {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String TURN = "turn.";
    private static final String EVENT = "event.";
    private static final String CLAIM = "claim.";

    private final Set<UUID> used = new HashSet<>();
    /** By the key of the parent's manifest. */
    private final Map<String, List<Turn>> grown = new HashMap<>();
    /** Events in objects of their own, by key: the way they lay before there were logs. */
    private final Map<String, Said> former = new HashMap<>();
    private Claim last;
    private boolean lastIsDone = true;

    private History() {}

    static History empty() {
        return new History();
    }

    static History of(Objects objects, String model) throws IOException {
        String prefix = ArtifactLayout.feedback(model);
        History history = new History();
        Set<String> claimed = new HashSet<>();
        List<String> keys = objects.keys(prefix);
        for (String key : keys.stream().filter(key -> key.startsWith(prefix + CLAIM)).sorted().toList()) {
            Claim claim = Claim.fromJson(bytes(objects, key));
            String done = ArtifactLayout.feedback(model, TURN + claim.datasetId());
            history.add(claim, keys.contains(done));
            claimed.add(done);
        }
        for (String key : keys) {
            if (key.startsWith(prefix + TURN) && !claimed.contains(key)) {
                history.add(JSON.readValue(bytes(objects, key), Turn.class));
            }
        }
        for (String key : keys) {
            if (key.startsWith(prefix + EVENT)) {
                Said said = Said.fromJson(new String(bytes(objects, key), StandardCharsets.UTF_8));
                history.former.put(key, said);
            }
        }
        history.former.values().removeIf(said -> history.isUsed(said.id()));
        return history;
    }

    private static byte[] bytes(Objects objects, String key) throws IOException {
        return objects.read(key).orElseThrow(() -> new IOException("the object " + key + " went away while it was read"));
    }

    void add(Claim claim, boolean done) {
        last = claim;
        lastIsDone = done;
        add(new Turn(claim.datasetId(), ArtifactLayout.manifest(ArtifactLayout.dataset(claim.datasetId())), claim.parent(), claim.eventIds()));
        former.keySet().removeAll(claim.former());
    }

    private void add(Turn turn) {
        turn.eventIds().forEach(id -> used.add(uuid(id)));
        grown.computeIfAbsent(turn.parent(), parent -> new ArrayList<>()).add(new Turn(turn.datasetId(), turn.manifest(), turn.parent(), List.of()));
    }

    void done() {
        lastIsDone = true;
    }

    /** 16 bytes of any id: another system may give its events ids that are no UUIDs. */
    private static UUID uuid(String id) {
        return UUID.nameUUIDFromBytes(id.getBytes(StandardCharsets.UTF_8));
    }

    boolean isUsed(String eventId) {
        return used.contains(uuid(eventId));
    }

    int size() {
        return used.size() + former.size();
    }

    /** A dataset that is to be made and perhaps was not: its maker may have ended. */
    Optional<Claim> unfinished() {
        return lastIsDone ? Optional.empty() : Optional.of(last);
    }

    Optional<Claim> last() {
        return Optional.ofNullable(last);
    }

    Map<String, Said> former() {
        return Map.copyOf(former);
    }

    /** What a dataset has grown into since. @param manifest key of its manifest */
    String newest(String manifest) {
        Set<String> seen = new HashSet<>();
        String newest = ArtifactLayout.manifest(manifest);
        while (seen.add(newest) && grown.containsKey(newest)) {
            newest = grown.get(newest).stream().min(Comparator.comparing(Turn::datasetId)).orElseThrow().manifest();
        }
        return newest;
    }
}
