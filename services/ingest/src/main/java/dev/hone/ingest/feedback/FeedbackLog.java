package dev.hone.ingest.feedback;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.StoredObject;
import dev.hone.datasets.Digests;
import dev.hone.events.Event;
import dev.hone.events.EventJson;
import dev.hone.events.InvalidEvent;
import dev.hone.v1.FeedbackGiven;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Feedback as small objects in the store: one per event, and one per turn naming the events it used up. */
final class FeedbackLog {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String EVENT = "event.";
    private static final String TURN = "turn.";

    private final ArtifactStore store;
    /** Events never change, so each is read once. */
    private final Map<String, Said> read = new HashMap<>();

    FeedbackLog(ArtifactStore store) {
        this.store = store;
    }

    /** What is there of one model. @param pending by event id, what no turn has used up */
    record View(Map<String, Said> pending, List<Turn> turns) {
        boolean knows(String eventId) {
            return pending.containsKey(eventId) || turns.stream().anyMatch(turn -> turn.eventIds().contains(eventId));
        }
    }

    Said append(Event<FeedbackGiven> event) throws IOException {
        Said said = new Said(event.id(), event.time(), event.data());
        ObjectNode json = JSON.createObjectNode().put("event_id", said.id()).put("time", said.time().toString());
        json.set("feedback", JSON.readTree(EventJson.print(said.feedback())));
        store.write(ArtifactLayout.feedback(said.feedback().getModelName(), EVENT + nameOf(said.id())), JSON.writeValueAsBytes(json));
        return said;
    }

    /** Another system may give its events ids that are no object names. */
    private static String nameOf(String eventId) {
        return eventId.matches("[0-9a-f-]{36}") ? eventId : Digests.shortHash(List.of(eventId));
    }

    /** Names of models that feedback was ever given on. */
    Set<String> models() throws IOException {
        Set<String> models = new HashSet<>();
        for (StoredObject object : store.list(ArtifactLayout.feedback())) {
            String rest = object.key().substring(ArtifactLayout.feedback().length());
            if (rest.contains("/" + EVENT)) {
                models.add(rest.substring(0, rest.indexOf('/')));
            }
        }
        return models;
    }

    View view(String model) throws IOException {
        String prefix = ArtifactLayout.feedback(model);
        Map<String, Said> pending = new HashMap<>();
        List<Turn> turns = new ArrayList<>();
        for (StoredObject object : store.list(prefix)) {
            String name = object.key().substring(prefix.length());
            if (name.startsWith(EVENT)) {
                Said said = said(object.key());
                pending.put(said.id(), said);
            } else if (name.startsWith(TURN)) {
                turns.add(JSON.readValue(bytes(object.key()), Turn.class));
            }
        }
        turns.forEach(turn -> turn.eventIds().forEach(pending::remove));
        return new View(pending, turns);
    }

    void end(String model, Turn turn) throws IOException {
        store.write(ArtifactLayout.feedback(model, TURN + turn.datasetId()), JSON.writeValueAsBytes(turn));
    }

    private Said said(String key) throws IOException {
        Said known = read.get(key);
        if (known == null) {
            JsonNode json = JSON.readTree(bytes(key));
            try {
                known = new Said(json.path("event_id").asText(), Instant.parse(json.path("time").asText()),
                        EventJson.parse(json.path("feedback").toString(), FeedbackGiven.getDefaultInstance()));
            } catch (InvalidEvent e) {
                throw new IllegalStateException("expected feedback in the object " + key + ", found something else: " + e.getMessage(), e);
            }
            read.put(key, known);
        }
        return known;
    }

    private byte[] bytes(String key) throws IOException {
        return store.read(key).orElseThrow(() -> new IOException("the object " + key + " went away while it was read"));
    }
}
