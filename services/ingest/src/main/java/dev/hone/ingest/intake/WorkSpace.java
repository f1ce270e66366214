package dev.hone.ingest.intake;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Local disk for files under way. What a crash left behind is swept at the next start. */
public final class WorkSpace {
    private final Path directory;

    public WorkSpace(Path directory) throws IOException {
        this.directory = directory;
        delete(directory);
        Files.createDirectories(directory);
    }

    public Path newDirectory() throws IOException {
        return Files.createTempDirectory(directory, "dataset-");
    }

    /** Copies a stream of any length to a file of its own. */
    public Path keep(InputStream in) throws IOException {
        Path file = newFile();
        try {
            Files.copy(in, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            return file;
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    public Path newFile() throws IOException {
        return Files.createTempFile(directory, "file-", "");
    }

    public void delete(Path path) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> all = Files.walk(path)) {
            all.sorted(Comparator.reverseOrder()).forEach(WorkSpace::deleteOne);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static void deleteOne(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
