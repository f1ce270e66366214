package dev.hone.ingest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.StoredObject;
import dev.hone.datasets.Digests;
import dev.hone.datasets.check.ColumnMapping;
import dev.hone.events.EventJson;
import dev.hone.events.InvalidEvent;
import dev.hone.ingest.intake.Announcer;
import dev.hone.ingest.intake.Intake;
import dev.hone.ingest.intake.Submission;
import dev.hone.ingest.intake.UserError;
import dev.hone.ingest.intake.WorkSpace;
import dev.hone.telemetry.Part;
import dev.hone.v1.Recipe;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that users drop at {@code inbox/<model name>/<file>}. The object stays; a marker below {@code datasets/inbox/}
 * remembers that it was taken. Beside it may lie {@code <file>.hone.json} with {@code base}, {@code map} and
 * {@code recipe}; put it there first. Either of the two in another version is taken anew.
 */
@Singleton
class InboxObjects {
    private static final Logger LOG = LoggerFactory.getLogger(InboxObjects.class);
    private static final String WISHES = ".hone.json";
    private static final JsonMapper JSON = new JsonMapper();

    private final ArtifactStore store;
    private final Intake intake;
    private final Announcer announcer;
    private final WorkSpace work;
    private final IngestMetrics metrics;
    private final String defaultBase;
    /** Markers known to be there: the poll would otherwise ask for each of them every time. */
    private final Set<String> taken = new HashSet<>();

    InboxObjects(ArtifactStore store, Intake intake, Announcer announcer, WorkSpace work, IngestMetrics metrics, IngestConfig config) {
        this.store = store;
        this.intake = intake;
        this.announcer = announcer;
        this.work = work;
        this.metrics = metrics;
        this.defaultBase = config.ingest().defaultBase();
    }

    /** What lies beside a file. */
    private record Wishes(String base, ColumnMapping mapping, Recipe recipe) {}

    /** Takes every object that was not taken yet. One at a time: the store's notice and the poll may tell of the same one. */
    synchronized void takeAll() throws IOException {
        Map<String, StoredObject> objects = new TreeMap<>();
        store.list(ArtifactLayout.inbox()).forEach(object -> objects.put(object.key(), object));
        for (StoredObject object : objects.values()) {
            if (!object.key().endsWith(WISHES)) {
                take(object, Optional.ofNullable(objects.get(object.key() + WISHES)));
            }
        }
    }

    /** Takes one object, or the one that the given wishes lie beside. Any other key is passed over. */
    synchronized void take(String key) throws IOException {
        String file = key.endsWith(WISHES) ? key.substring(0, key.length() - WISHES.length()) : key;
        Optional<StoredObject> object = file.startsWith(ArtifactLayout.inbox()) ? store.stat(file) : Optional.empty();
        if (object.isPresent()) {
            take(object.get(), store.stat(file + WISHES));
        }
    }

    private void take(StoredObject object, Optional<StoredObject> wishes) throws IOException {
        String path = object.key().substring(ArtifactLayout.inbox().length());
        int slash = path.indexOf('/');
        if (slash <= 0 || path.endsWith("/")) {
            return;
        }
        String marker = Digests.shortHash(List.of(object.key(), object.etag(), wishes.map(StoredObject::etag).orElse("")));
        if (taken.contains(marker)) {
            return;
        }
        try {
            if (!store.exists(ArtifactLayout.inboxMarker(marker))) {
                Map<String, String> outcome;
                try (Part upload = Part.of("take inbox").with("hone.way", "inbox")) {
                    outcome = outcome(object, path.substring(0, slash), path.substring(slash + 1), wishes, marker);
                }
                store.write(ArtifactLayout.inboxMarker(marker), JSON.writeValueAsBytes(outcome));
            }
        } catch (RuntimeException e) {
            LOG.error("inbox object passed over until the next start because of a bug key={}", object.key(), e);
        }
        taken.add(marker);
    }

    private Map<String, String> outcome(StoredObject object, String modelName, String fileName, Optional<StoredObject> beside, String marker) throws IOException {
        LOG.info("inbox object found key={} bytes={}", object.key(), object.size());
        Path bytes = work.newFile();
        try {
            Wishes wishes = beside.isPresent() ? wishes(beside.get().key()) : new Wishes(defaultBase, ColumnMapping.NONE, Recipe.getDefaultInstance());
            store.download(object.key(), bytes);
            Intake.Taken result = intake.take(new Submission(modelName, wishes.base(), fileName, bytes, wishes.mapping(), wishes.recipe()));
            metrics.taken("inbox", result);
            return Map.of("key", object.key(), "etag", object.etag(), "dataset_id", result.report().datasetId());
        } catch (UserError e) {
            LOG.warn("inbox object refused key={} code={} reason={}", object.key(), e.code(), e.getMessage());
            metrics.refused("inbox", e);
            if (e.report().isEmpty()) {
                announcer.failed("inbox-" + marker, modelName, e);
            }
            return Map.of("key", object.key(), "etag", object.etag(), "code", e.code(), "message", e.getMessage());
        } finally {
            work.delete(bytes);
        }
    }

    private Wishes wishes(String key) throws IOException, UserError {
        try {
            JsonNode json = JSON.readTree(store.read(key).orElseThrow(() -> new IOException("the object " + key + " went away while it was read")));
            return new Wishes(json.path("base").asText(defaultBase), mapping(json.path("map")),
                    json.has("recipe") ? EventJson.parse(json.get("recipe").toString(), Recipe.getDefaultInstance()) : Recipe.getDefaultInstance());
        } catch (JsonProcessingException | InvalidEvent | IllegalArgumentException e) {
            throw new UserError("invalid_wishes", "Expected JSON with base, map and recipe in " + key + ", found something else: " + e.getMessage());
        }
    }

    private static ColumnMapping mapping(JsonNode map) {
        if (!map.isObject()) {
            return ColumnMapping.parse(map.asText(""));
        }
        Map<String, String> columns = new TreeMap<>();
        map.properties().forEach(entry -> columns.put(entry.getKey(), entry.getValue().asText()));
        return new ColumnMapping(columns);
    }
}
