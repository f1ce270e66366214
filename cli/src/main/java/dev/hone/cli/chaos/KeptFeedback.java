package dev.hone.cli.chaos;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.StoredObject;
import java.io.IOException;
import java.util.List;

/** Ids of the feedback events that ingest has kept, each as often as it did. */
final class KeptFeedback {
    private static final String EVENT = "/event.";

    private KeptFeedback() {}

    static List<String> ids(ArtifactStore store) throws IOException {
        return store.list(ArtifactLayout.feedback()).stream().map(StoredObject::key).filter(key -> key.contains(EVENT))
                .map(key -> key.substring(key.lastIndexOf(EVENT) + EVENT.length()).replaceFirst("\\.json$", "")).toList();
    }
}
