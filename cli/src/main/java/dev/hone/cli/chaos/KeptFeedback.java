package dev.hone.cli.chaos;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.StoredObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * Ids of the feedback events that ingest has kept, each as often as it did: read from its segments as {@code tail -n +2 |
 * zcat} would, a line of JSON and then zipped lines, one for each event.
 */
final class KeptFeedback {
    private static final String SEGMENTS = ArtifactLayout.datasets() + "feedback-log/";
    /** A segment's name is the first offset in it. */
    private static final String SEGMENT = ".*/\\d{20}";
    private static final ObjectMapper JSON = new ObjectMapper();

    private KeptFeedback() {}

    static List<String> ids(ArtifactStore store) throws IOException {
        List<String> ids = new ArrayList<>();
        for (StoredObject object : store.list(SEGMENTS)) {
            if (object.key().matches(SEGMENT)) {
                ids.addAll(ids(store.read(object.key()).orElseThrow()));
            }
        }
        return ids;
    }

    static List<String> ids(byte[] segment) throws IOException {
        int head = 0;
        while (segment[head] != '\n') {
            head++;
        }
        List<String> ids = new ArrayList<>();
        try (GZIPInputStream events = new GZIPInputStream(new ByteArrayInputStream(segment, head + 1, segment.length - head - 1))) {
            for (String line : new String(events.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
                ids.add(JSON.readTree(line).path("event_id").asText());
            }
        }
        return ids;
    }
}
