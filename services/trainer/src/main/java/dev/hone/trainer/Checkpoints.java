package dev.hone.trainer;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactMissing;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.CorruptArtifact;
import dev.hone.artifacts.StoredObject;
import dev.hone.llm.train.CheckpointStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run's checkpoints in the store. One counts when its manifest is there, which is written last: a process that dies in
 * the middle of an upload leaves the one before.
 */
final class Checkpoints implements CheckpointStore {

    /** The newest, and one to fall back on should it be damaged. */
    private static final int KEPT = 2;
    private static final int TRIES = 5;
    private static final Duration PAUSE = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);

    private final ArtifactStore store;
    private final String runId;
    private final Path local;
    private Optional<Path> restored = Optional.empty();

    /** @param local a restored checkpoint is laid there */
    Checkpoints(ArtifactStore store, String runId, Path local) {
        this.store = store;
        this.runId = runId;
        this.local = local;
    }

    /** Brings the newest whole checkpoint here, for {@link #restore()}: only here can the store be away. */
    void fetch() throws IOException {
        restored = Optional.empty();
        for (String prefix : newestFirst()) {
            if (isWhole(prefix)) {
                LOG.info("restored runId={} checkpoint={}", runId, prefix);
                restored = Optional.of(local);
                return;
            }
        }
    }

    @Override
    public Optional<Path> restore() {
        return restored;
    }

    private boolean isWhole(String prefix) throws IOException {
        try {
            store.fetch(prefix, Directories.empty(local));
            return true;
        } catch (CorruptArtifact | ArtifactMissing e) {
            LOG.warn("checkpoint skipped runId={} checkpoint={} reason={}", runId, prefix, e.getMessage());
            return false;
        }
    }

    /** Training goes on without this checkpoint when the store stays away: the one before still stands. */
    @Override
    public void save(long step, Path directory) {
        for (int attempt = 1; attempt <= TRIES; attempt++) {
            try {
                store.publish(ArtifactLayout.checkpoint(runId, step), directory, "checkpoint", runId, Map.of("step", String.valueOf(step)));
                deleteAllBut(KEPT);
                return;
            } catch (IOException e) {
                LOG.warn("checkpoint not saved runId={} step={} attempt={} reason={}", runId, step, attempt, e.getMessage());
                pause();
            }
        }
    }

    void deleteAll() throws IOException {
        deleteAllBut(0);
    }

    private void deleteAllBut(int kept) throws IOException {
        for (String prefix : newestFirst().stream().skip(kept).toList()) {
            store.delete(prefix);
        }
    }

    /** Prefixes of the committed checkpoints; their keys sort by step. */
    private List<String> newestFirst() throws IOException {
        return store.list(ArtifactLayout.checkpoints(runId)).stream()
                .map(StoredObject::key)
                .filter(key -> key.endsWith("/" + ArtifactLayout.MANIFEST))
                .map(ArtifactLayout::directory)
                .sorted(Comparator.reverseOrder())
                .toList();
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
