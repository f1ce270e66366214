package dev.hone.artifacts;

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
public final class Checkpoints {
    /** The newest, and one to fall back on should it be damaged. */
    private static final int KEPT = 2;

    private static final int TRIES = 5;
    private static final Duration PAUSE = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);

    private final ArtifactStore store;
    private final String prefix;
    private final String runId;
    private final Path local;

    Checkpoints(ArtifactStore store, String prefix, String runId, Path local) {
        this.store = store;
        this.prefix = prefix;
        this.runId = runId;
        this.local = local;
    }

    /**
     * Brings the newest whole checkpoint to this machine.
     *
     * @return where it lies; empty where there is none
     * @throws IOException when the store is away
     */
    public Optional<Path> fetch() throws IOException {
        for (String checkpoint : newestFirst()) {
            if (isWhole(checkpoint)) {
                LOG.info("restored runId={} checkpoint={}", runId, checkpoint);
                return Optional.of(local);
            }
        }
        return Optional.empty();
    }

    private boolean isWhole(String checkpoint) throws IOException {
        try {
            store.fetch(checkpoint, Directories.empty(local));
            return true;
        } catch (CorruptArtifact | ArtifactMissing e) {
            LOG.warn("checkpoint skipped runId={} checkpoint={} reason={}", runId, checkpoint, e.getMessage());
            return false;
        }
    }

    /**
     * Keeps the files of a directory. Where the store stays away the run goes on without this checkpoint: the one before
     * still stands.
     */
    public void save(long step, Path directory) {
        for (int attempt = 1; attempt <= TRIES; attempt++) {
            try {
                store.publish(ArtifactLayout.checkpoint(prefix, step), directory, "checkpoint", runId, Map.of("step", String.valueOf(step)));
                deleteAllBut(newestFirst().stream().limit(KEPT).toList());
                return;
            } catch (IOException e) {
                LOG.warn("checkpoint not saved runId={} step={} attempt={} reason={}", runId, step, attempt, e.getMessage());
                pause();
            }
        }
    }

    public void deleteAll() throws IOException {
        deleteAllBut(List.of());
    }

    /** Manifests first, so that nobody finds half a checkpoint; and what a killed process left without one, too. */
    private void deleteAllBut(List<String> kept) throws IOException {
        List<String> gone = store.list(prefix).stream().map(StoredObject::key).filter(key -> kept.stream().noneMatch(key::startsWith))
                .sorted(Comparator.comparing(key -> !key.endsWith("/" + ArtifactLayout.MANIFEST))).toList();
        for (String key : gone) {
            store.deleteObject(key);
        }
    }

    /** Prefixes of the committed checkpoints; their keys sort by step. */
    private List<String> newestFirst() throws IOException {
        return store.list(prefix).stream()
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
