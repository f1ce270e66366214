package dev.hone.trainer;

import dev.hone.artifacts.Checkpoints;
import dev.hone.llm.train.CheckpointStore;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A run's checkpoints in the store, as training sees them.
 *
 * @param restored fetched before, as only there the store can be away
 */
record StoredCheckpoints(Checkpoints checkpoints, Optional<Path> restored) implements CheckpointStore {

    @Override
    public Optional<Path> restore() {
        return restored;
    }

    @Override
    public void save(long step, Path directory) {
        checkpoints.save(step, directory);
    }
}
