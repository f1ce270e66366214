package dev.hone.llm.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** Keeps the latest checkpoint of one run somewhere that outlives the process. */
public interface CheckpointStore {
    /** The latest whole checkpoint as a local directory, if there is one. */
    Optional<Path> restore();

    /** Keeps the files of {@code directory}, which is complete and is deleted after the call. */
    void save(long step, Path directory);

    /** Starts anew whenever the process does. */
    static CheckpointStore none() {
        return new CheckpointStore() {
            @Override
            public Optional<Path> restore() {
                return Optional.empty();
            }

            @Override
            public void save(long step, Path directory) {}
        };
    }

    /** Keeps the latest checkpoint below a local directory. */
    static CheckpointStore local(Path directory) {
        return new LocalCheckpoints(directory);
    }

    /** A checkpoint counts once its directory has its final name. */
    record LocalCheckpoints(Path directory) implements CheckpointStore {
        @Override
        public Optional<Path> restore() {
            if (!Files.isDirectory(directory)) {
                return Optional.empty();
            }
            try (Stream<Path> saved = Files.list(directory)) {
                return saved.filter(p -> p.getFileName().toString().matches("step-\\d+")).max(Comparator.comparingLong(LocalCheckpoints::step));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static long step(Path checkpoint) {
            return Long.parseLong(checkpoint.getFileName().toString().substring("step-".length()));
        }

        @Override
        public void save(long step, Path files) {
            try {
                Path part = directory.resolve("part");
                Directories.delete(part);
                Directories.copy(files, part);
                Optional<Path> previous = restore();
                Path target = directory.resolve("step-" + step);
                Directories.delete(target);
                Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
                if (previous.isPresent() && !previous.get().equals(target)) {
                    Directories.delete(previous.get());
                }
            } catch (IOException e) {
                throw new UncheckedIOException("Cannot save the checkpoint of step " + step + " below " + directory + ": " + e.getMessage(), e);
            }
        }
    }
}
