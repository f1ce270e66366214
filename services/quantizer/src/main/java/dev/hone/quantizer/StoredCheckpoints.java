package dev.hone.quantizer;

import dev.hone.artifacts.Checkpoints;
import dev.hone.llm.train.CheckpointStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;

/** The checkpoints of a training with rounded weights in the store, as training sees them. */
record StoredCheckpoints(Checkpoints checkpoints) implements CheckpointStore {

    /** @throws UncheckedIOException when the store is away: the job is started again */
    @Override
    public Optional<Path> restore() {
        try {
            return checkpoints.fetch();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void save(long step, Path directory) {
        checkpoints.save(step, directory);
    }
}
